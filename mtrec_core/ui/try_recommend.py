"""Try for a person: five items, profile, ad, mix of the tasks, why, and what if. No torch here."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from mtrec_core.comparing.csv_table import to_csv
from mtrec_core.inference.asked import Listed
from mtrec_core.inference.service_client import Whom
from mtrec_core.ui import frame, try_explained, try_fusion, try_list, try_models, try_person, try_why
from mtrec_core.ui.texts import _, n_
from mtrec_core.ui.try_models import Chosen


@st.fragment
def show(models: Sequence[Chosen], dark: bool) -> None:
    """The whole view; a slider or a tick renews this part of the page alone."""
    with frame.guarded():
        offers = try_models.offers(models[0])
        whom = try_person.choose(offers)
        if whom is None:
            st.info(_("Name somebody, or at least one item of a history."), icon=":material/person_search:")
            return
        person = try_models.person(models[0], whom)
        without = try_why.removed(whom, person)
        asked = replace(whom, without=without)
        weights: dict[str, float] = {}
        if offers.recommends:
            weights = try_fusion.sliders(models, offers, dark)
        if without:
            try_explained.what_is_gone(len(without))
        if len(models) == 1:
            left, right = st.columns([1.9, 1], gap="large")
            with left:
                _list(models[0], whom, asked, weights, dark)
            with right:
                try_person.show(try_models.person(models[0], asked), offers, models[0].all_tasks, dark)
        else:
            _side_by_side(models, whom, asked, weights, dark)
        if offers.remembers and (offers.recommends or offers.advertises):
            _why(models, asked, whom, weights)


def _side_by_side(
    models: Sequence[Chosen], whom: Whom, asked: Whom, weights: dict[str, float], dark: bool
) -> None:
    for column, model in zip(st.columns(len(models), gap="large"), models, strict=True):
        with column, frame.guarded():
            st.subheader(model.title, anchor=False)
            _list(model, whom, asked, weights, dark)
            offers = try_models.offers(model)
            try_person.show(try_models.person(model, asked), offers, model.all_tasks, dark)
    with frame.guarded():
        first, second = (
            {one.key for one in _order(model, asked, weights)[: try_list.SHOWN]} for model in models
        )
        if not (first and second):
            return  # a run without recommendations has no list
        common = len(first & second)
        st.caption(
            n_(
                "The two lists have {n} item in common.", "The two lists have {n} items in common.", common
            ).format(n=common)
        )


def _order(model: Chosen, whom: Whom, weights: dict[str, float]) -> list[Listed]:
    if not try_models.offers(model).recommends:
        return []
    return try_list.ordered(try_models.pool(model, whom), try_fusion.weights_of(model, weights))


def _list(model: Chosen, whom: Whom, asked: Whom, weights: dict[str, float], dark: bool) -> None:
    offers = try_models.offers(model)
    if not offers.recommends:
        st.info(
            _("No task of this run recommends items, so there is no list; the rest of the page answers."),
            icon=":material/info:",
        )
        return
    before = try_list.ordered(try_models.pool(model, whom), {})
    after = _order(model, asked, weights)
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    with head:
        st.markdown("**" + offers.tasks[offers.recommends].title + "**", width="content")
        st.download_button(
            _("CSV"), lambda: _as_csv(after), f"list-{whom.user or 'typed'}.csv", "text/csv", type="tertiary",
            icon=":material/download:", on_click="ignore", key=f"list_csv:{model.folder}",
            help=_("The first {n} candidates with every task's score.").format(n=len(after)),
        )  # fmt: skip
    try_list.show(try_list.changes(before, after), offers, model.all_tasks, dark)
    left = try_list.gone(before, after)
    if left:
        names = ", ".join(f"{try_list.headline(one)[0]} ({one.key})" for one in left)
        st.caption(_("No longer among the first five: {names}.").format(names=names))


def _why(models: Sequence[Chosen], asked: Whom, whom: Whom, weights: dict[str, float]) -> None:
    st.subheader(_("Why, and what if"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        model = try_explained.choose_model(models)
        offers = try_models.offers(model)
        tasks = [task for task in (offers.recommends, offers.advertises) if task]
        task: str | None = tasks[0] if tasks else None
        if len(tasks) > 1:
            task = st.segmented_control(
                _("What is explained"), tasks, format_func=lambda key: offers.tasks[key].title, required=True,
                default=tasks[0], key="explain_task",
            )  # fmt: skip
    if task == offers.advertises:
        ads = try_models.person(model, asked).ads
        try_explained.show(model, asked, whom, ads, lambda keys: try_models.why_ads(model, asked, keys))
    elif task:
        listed = _order(model, asked, weights)[: try_list.SHOWN]
        try_explained.show(model, asked, whom, listed, lambda keys: try_models.why(model, asked, keys))


def _as_csv(listed: Sequence[Listed]) -> bytes:
    rows = [{"place": place, "item": one.key, **one.scores} for place, one in enumerate(listed, 1)]
    return to_csv(pd.DataFrame(rows))
