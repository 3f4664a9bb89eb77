"""Try with words or an item: search, related items, answers to a question. No torch here."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mtrec_core.inference.asked import FoundAnswer, Offers
from mtrec_core.inference.service_client import Whom
from mtrec_core.ui import formats, frame, links, try_explained, try_list, try_models, try_person, try_why
from mtrec_core.ui.texts import _, plain
from mtrec_core.ui.try_models import Chosen

NOBODY = ""
ANSWERS = 3


def side_by_side(models: Sequence[Chosen]) -> list[tuple[st.delta_generator.DeltaGenerator, Chosen]]:
    """A column per run, with its name above where there are two."""
    if len(models) == 1:
        return [(st.container(), models[0])]
    columns = st.columns(len(models), gap="large")
    for column, model in zip(columns, models, strict=True):
        column.subheader(model.title, anchor=False)
    return list(zip(columns, models, strict=True))


@st.fragment
def search(models: Sequence[Chosen], dark: bool) -> None:
    """Words, and perhaps a user, to items."""
    with frame.guarded():
        offers = try_models.offers(models[0])
        words, user = st.columns([2, 1], vertical_alignment="bottom")
        with words:
            query = st.text_input(
                _("Search for"), key="query", bind="query-params", max_chars=300,
                placeholder=_("What a customer would type"), icon=":material/search:",
            )  # fmt: skip
        with user:
            searcher = _searcher(offers)
        if not query.strip():
            st.info(
                _(
                    "Type some words: the model orders all items by them, and by the customer's history "
                    "where one "
                    "is chosen. The text encoder is loaded with the first search, which takes some seconds."
                ),
                icon=":material/search:",
            )
            return
        whom = Whom(user=searcher or None, query=query.strip())
        without: tuple[int, ...] = ()
        if whom.user and offers.remembers:
            without = try_why.removed(whom, try_models.person(models[0], whom))
        asked = replace(whom, without=without)
        if without:
            try_explained.what_is_gone(len(without))
        for column, model in side_by_side(models):
            with column, frame.guarded():
                _found(model, asked, dark)
        if whom.user:
            _why(models, asked, whom)


def _searcher(offers: Offers) -> str:
    if offers.person is None:
        return NOBODY
    texts = {one.key: one.text for one in offers.person.first} | {NOBODY: _("nobody in particular")}
    links.begin("searcher", None, NOBODY)
    picked = st.selectbox(
        _("On behalf of"), [NOBODY, *(key for key in texts if key)], key="searcher", accept_new_options=True,
        format_func=lambda key: f"{key} · {texts[key]}".removeprefix(" · ") if texts.get(key) else key,
    )  # fmt: skip
    links.keep("searcher", picked, NOBODY)
    return picked or NOBODY


def _found(model: Chosen, whom: Whom, dark: bool) -> None:
    offers = try_models.offers(model)
    if not offers.searches:
        _cannot(_("searches"))
        return
    with st.spinner(_("Asking {run}").format(run=model.title)):
        pool = try_models.pool(model, whom)
    lines = [try_list.Line(thing=one) for one in pool.listed[: try_list.SHOWN]]
    if whom.without:
        lines = try_list.changes(try_models.pool(model, replace(whom, without=())).listed, pool.listed)
    elif whom.user:
        anyone = try_models.pool(model, Whom(query=whom.query))
        lines = try_list.changes(anyone.listed, pool.listed)
        st.caption(
            _(
                "Marks tell where a line stands for nobody in particular: that is what knowing {user} "
                "changes."
            ).format(user=whom.user)
        )
    try_list.show(lines, offers, model.all_tasks, dark)


def _why(models: Sequence[Chosen], asked: Whom, whom: Whom) -> None:
    """What the customer's history does to what was found."""
    model = try_explained.choose_model(models)
    offers = try_models.offers(model)
    if offers.searches and offers.remembers:
        st.subheader(_("Why, and what if"), anchor=False)
        listed = try_models.pool(model, asked).listed[: try_list.SHOWN]
        try_explained.show(model, asked, whom, listed, lambda keys: try_models.why(model, asked, keys))


@st.fragment
def related(models: Sequence[Chosen], dark: bool) -> None:
    """An item to those that go with it, and what the run says of it."""
    with frame.guarded():
        offers = try_models.offers(models[0])
        item = offers.item
        assert item is not None, "asked only where the run knows items"
        names = try_person.labels(item.first)
        first = next(iter(names), "")
        links.begin("item", None, first)
        keys = list(names)
        if st.session_state["item"] not in names:
            keys.insert(0, st.session_state["item"])
        picked = st.selectbox(
            item.name.capitalize(), keys, key="item", accept_new_options=True,
            format_func=lambda key: names.get(key, key), width=520,
            help=_("There are {n}. Choose, or type any key.").format(n=formats.whole(item.count)),
        )  # fmt: skip
        links.keep("item", picked, first)
        if not picked:
            return
        text = next((one.text for one in item.first if one.key == picked), "")
        if text:
            st.caption(text)
        for column, model in side_by_side(models):
            with column, frame.guarded():
                _around(model, picked, dark)


def _around(model: Chosen, item: str, dark: bool) -> None:
    offers = try_models.offers(model)
    left, right = st.columns([1.9, 1], gap="large")
    with left:
        if offers.relates:
            st.markdown("**" + offers.tasks[offers.relates].title + "**")
            found = try_models.related(model, item, try_list.SHOWN)
            try_list.show([try_list.Line(thing=one) for one in found], offers, model.all_tasks, dark)
        else:
            _cannot(_("relates items to items"))
    with right:
        if offers.describes:
            st.markdown("**" + _("What the run says of it") + "**")
            try_person.values(try_models.describe(model, item), offers, model.all_tasks, dark)


@st.fragment
def answer(models: Sequence[Chosen], dark: bool) -> None:
    """A question to the answer template that fits."""
    with frame.guarded():
        question = st.text_input(
            _("Question"), key="question", bind="query-params", max_chars=500,
            placeholder=_("What a customer asks"), icon=":material/help:",
        )  # fmt: skip
        if not question.strip():
            st.info(
                _(
                    "Type a question: the model finds the template that fits, among all there are. The "
                    "text encoder is loaded with the first question, which takes some seconds."
                ),
                icon=":material/support_agent:",
            )
            return
        for column, model in side_by_side(models):
            with column, frame.guarded():
                if not try_models.offers(model).answers:
                    _cannot(_("finds answers to questions"))
                    continue
                with st.spinner(_("Asking {run}").format(run=model.title)):
                    found = try_models.answers(model, question.strip(), ANSWERS)
                _answers(found)


def _answers(found: Sequence[FoundAnswer]) -> None:
    best, others = found[0], found[1:]
    with st.container(border=True):
        st.markdown(plain(best.text))
        st.caption(
            _("Template {key} · {share} among all templates").format(
                key=best.key, share=formats.share(best.probability, 1)
            )
        )
    if others:
        st.markdown("**" + _("Next best") + "**")
    for one in others:
        st.markdown(f"{formats.share(one.probability, 1)} · {plain(one.text)} ({one.key})")


def _cannot(what: str) -> None:
    st.info(_("No task of this run {what}.").format(what=what), icon=":material/info:")
