"""The Home page in parts: first steps, what goes on, last results. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.ui import formats, frame, loaders, monitor_progress, run_facts, start, states
from mtrec_core.ui.texts import _, n_, sentence

NOW_SECONDS = 2.0
LAST_RUNS = 6
MOST_CARDS = 6
"""Runs that train or wait, each on a card of its own; a study queues dozens."""

STEPS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        ":material/table_chart:", _("1 · Bring data"),
        _("Upload tables of users, items and what happened between them. Their meaning is guessed, and you "
          "correct the guess."),
        "pages/1_Data.py", _("Data"),
    ),
    (
        ":material/tune:", _("2 · Weigh the tasks"),
        _("Say how much each task matters, and train one model for all of them on a pretrained transformer."),
        "pages/2_Train.py", _("Train"),
    ),
    (
        ":material/monitoring:", _("3 · Watch and try"),
        _("Follow every task's loss and accuracy live, compare runs, and ask the model for recommendations."),
        "pages/3_Monitor.py", _("Monitor"),
    ),
)  # fmt: skip
"""Icon, title, text, page, its name."""


def first_steps(view: frame.Frame, hero: bool) -> None:
    """Three steps, and the one click that takes them on the sample shop."""
    for column, (icon, title, text, page, name) in zip(st.columns(3, gap="medium"), STEPS, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"##### {icon} {title}")
            st.write(text)
            st.page_link(page, label=name, icon=":material/arrow_forward:")
    if hero:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            start.sample_button(view)
            st.caption(_("No data at hand? A small invented shop with eight tasks is included."))


def going_on(view: frame.Frame) -> None:
    """The runs that train or wait, renewed by themselves."""
    active = loaders.active_runs(view.home.database_url)
    st.subheader(_("Now"), anchor=False)
    if not active:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.caption(_("Nothing is training."))
            start.sample_button(view)
        return
    st.fragment(_active, run_every=NOW_SECONDS)(view, tuple(run.id for run in active))


def _active(view: frame.Frame, shown: tuple[str, ...]) -> None:
    with frame.guarded():
        active = loaders.active_runs(view.home.database_url)
        if tuple(run.id for run in active) != shown:
            st.rerun(scope="app")
        for run in active[:MOST_CARDS]:
            with st.container(border=True, key=f"active_{run.id}"):
                _title_row(run)
                waiting = loaders.waiting_before(view.home.database_url, run)
                st.progress(monitor_progress.fraction(run), text=monitor_progress.headline(run, waiting))
        _others(len(active) - MOST_CARDS)


def _others(count: int) -> None:
    """The way to those that have no card, where there are any."""
    if count > 0:
        st.page_link(
            "pages/4_Compare.py",
            label=n_("{n} more run trains or waits", "{n} more runs train or wait", count).format(n=count),
            icon=":material/more_horiz:",
            query_params=[("state", state.value) for state in RunState if not state.is_over],
        )


def last_results(runs: Sequence[RunRecord]) -> None:
    """The newest runs that are over."""
    over = [run for run in runs if run.state.is_over and not run.archived][:LAST_RUNS]
    if not over:
        return
    st.subheader(_("Last results"), anchor=False)
    with st.container(border=True, gap="xsmall", key="last_results"):
        for run in over:
            _title_row(run)
            st.caption(outcome(run))


def _title_row(run: RunRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(
            "pages/3_Monitor.py",
            label=f"**{sentence(run_facts.run_title(run))}**",
            icon=":material/monitoring:",
            query_params={"run": run.id},
        )
        states.badge(run.state)
        st.caption(f"{run.dataset} · {formats.moment(run.created)}")


def outcome(run: RunRecord) -> str:
    """What came of a run, in one line."""
    if run.reason:
        return run.reason
    tasks = (run.result or {}).get("tasks", {})
    judged = {name: run_facts.best_baseline(run, name) for name in tasks}
    above = [
        name
        for name, baseline in judged.items()
        if baseline is not None
        and (value := tasks[name]["test"].get(tasks[name]["headline"])) is not None
        and (value > baseline.value) == METRICS[tasks[name]["headline"]].higher_is_better
    ]
    known = [name for name, baseline in judged.items() if baseline is not None]
    if not known:
        return _("Completed; no baselines were measured.")
    return _("{above} of {known} tasks are better than their best baseline on test.").format(
        above=len(above), known=len(known)
    )
