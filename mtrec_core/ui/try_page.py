"""The Try page in parts: which runs are asked, and what can be asked of them. No torch here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from mtrec_core.inference.asked import Offers
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import (
    formats,
    frame,
    links,
    loaders,
    start,
    try_models,
    try_questions,
    try_recommend,
    try_rows,
)
from mtrec_core.ui.run_facts import run_title
from mtrec_core.ui.texts import _
from mtrec_core.ui.try_models import Chosen

NO_OTHER = ""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One kind of question."""

    title: str
    icon: str
    is_offered: Callable[[Offers], bool]
    """Whether the tasks of a run can answer it."""


ASKS: dict[str, Ask] = {
    "person": Ask(
        title=_("For a person"),
        icon=":material/person:",
        is_offered=lambda offers: bool(
            offers.person and (offers.recommends or offers.profiles or offers.advertises)
        ),
    ),
    "search": Ask(
        title=_("Search"), icon=":material/search:", is_offered=lambda offers: bool(offers.searches)
    ),
    "related": Ask(
        title=_("Related"),
        icon=":material/hub:",
        is_offered=lambda offers: bool(offers.item and (offers.relates or offers.describes)),
    ),
    "answer": Ask(
        title=_("Answers"), icon=":material/support_agent:", is_offered=lambda offers: bool(offers.answers)
    ),
    "rows": Ask(
        title=_("A table"), icon=":material/table_rows:", is_offered=lambda offers: bool(offers.tasks)
    ),
}
"""What the page can ask; only what the run's tasks can answer is shown."""


def choose_models(view: frame.Frame) -> list[Chosen]:
    """The run that is asked, and perhaps another one beside it; none while no run has a model."""
    url = view.home.database_url
    named, beside = st.query_params.get("run", ""), st.query_params.get("with", "")
    everything = loaders.runs_with(url, (named, beside))
    known = {run.id: run for run in everything if not run.archived and try_models.has_model(run)}
    numbers = {str(run.number): run_id for run_id, run in known.items()}
    named, beside = numbers.get(named, named), numbers.get(beside, beside)
    if not known:
        _no_model_yet(view, bool(everything))
        return []
    if named and named not in known:
        st.warning(_why_not(view, named), icon=":material/search_off:")
    first, second = st.columns(2)
    with first:
        run = st.selectbox(
            _("Run"), list(known), index=list(known).index(named) if named in known else 0,
            format_func=lambda run_id: _label(known[run_id]), key="try_run",
        )  # fmt: skip
    others = [run_id for run_id in known if run_id != run]
    with second:
        other = st.selectbox(
            _("Side by side with"), [NO_OTHER, *others],
            index=1 + others.index(beside) if beside in others else 0,
            format_func=lambda run_id: _label(known[run_id]) if run_id else _("no other run"),
            key=f"try_with_{run}",
        )  # fmt: skip
    st.query_params["run"] = run
    if other:
        st.query_params["with"] = other
    elif "with" in st.query_params:
        del st.query_params["with"]
    return [try_models.chosen(view, known[run_id]) for run_id in (run, other) if run_id]


def ask(view: frame.Frame, models: Sequence[Chosen]) -> None:
    """The questions that the first run can answer, and the chosen one."""
    offers = try_models.offers(models[0])
    offered = [key for key, row in ASKS.items() if row.is_offered(offers)]
    if not offered:
        st.info(_("No task of this run answers a question that this page can ask."), icon=":material/info:")
        return
    links.begin("ask", offered, offered[0])
    key = st.segmented_control(
        _("Question"), offered, format_func=lambda name: f"{ASKS[name].icon} {ASKS[name].title}",
        key="ask", required=True, label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    links.keep("ask", key, offered[0])
    match key:
        case "person":
            try_recommend.show(models, view.dark)
        case "search":
            try_questions.search(models, view.dark)
        case "related":
            try_questions.related(models, view.dark)
        case "answer":
            try_questions.answer(models, view.dark)
        case _table:
            try_rows.show(models[0], view.home)


def _label(run: RunRecord) -> str:
    return f"{run_title(run)} · {run.dataset} · {formats.moment(run.ended or run.created)}"


def _why_not(view: frame.Frame, named: str) -> str:
    for run in loaders.runs(view.home.database_url):
        if run.id == named:
            return _("{run} has no model: it is {state}. {reason}").format(
                run=run_title(run), state=run.state.value, reason=run.reason
            )
    return _("There is no run {run} with a model; here is another one.").format(run=named)


def _no_model_yet(view: frame.Frame, has_runs: bool) -> None:
    frame.empty_state(
        ":material/touch_app:",
        _("No trained model to ask yet"),
        _(
            "A run that has ended leaves its model here. Pick a user and see five items, the profile and "
            "an ad; search; ask a question; mix the tasks, take a purchase away, and watch what changes."
        ),
    )
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        if has_runs:
            st.page_link("pages/3_Monitor.py", label=_("See what trains"), icon=":material/monitoring:")
        else:
            start.sample_button(view)
            st.page_link("pages/2_Train.py", label=_("Choose data and settings"), icon=":material/tune:")
