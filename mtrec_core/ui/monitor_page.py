"""The Monitor page in parts: which run, what renews itself, what it ended with. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from mtrec_core.errors import UserError
from mtrec_core.evaluation.alerts import Headline, find_alerts
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.ui import (
    alert_texts,
    formats,
    frame,
    loaders,
    monitor_curves,
    monitor_progress,
    run_facts,
    states,
    tables,
)
from mtrec_core.ui.charts.panels import TaskLine
from mtrec_core.ui.live_run import Seen, live_run
from mtrec_core.ui.texts import _, sentence


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The run that is looked at, and what its curves are drawn with."""

    run: RunRecord
    tasks: list[TaskLine]


def choose_run(view: frame.Frame) -> RunRecord | None:
    """The run that the link names, else the newest that goes on, else the newest; None without any run."""
    url = view.home.database_url
    named = st.query_params.get("run", "").removeprefix("#")
    everything = loaders.runs_with(url, (named,))
    known = {run.id: run for run in everything if not run.archived}
    if named:
        try:
            found = view.store.get_run(_of_number(named, everything))
            known.setdefault(found.id, found)
        except UserError as error:
            st.warning(sentence(str(error)), icon=":material/search_off:")
            named = ""
    if not known:
        return None
    going_on = [run.id for run in loaders.active_runs(url)]
    first = found.id if named else next(iter([*going_on, *known]))
    picked = st.selectbox(
        _("Run"),
        list(known),
        index=list(known).index(first),
        format_func=lambda run_id: _in_list(known[run_id]),
        key=f"run_{first}",
        label_visibility="collapsed",
    )
    if picked != first:
        st.query_params["run"] = picked
        st.rerun()
    return loaders.run(url, picked)


def _of_number(named: str, runs: Sequence[RunRecord]) -> str:
    """`12` is run 12; anything else is an id or its beginning."""
    return next((run.id for run in runs if str(run.number) == named), named)


def _in_list(run: RunRecord) -> str:
    return f"{run_facts.run_title(run)} · {states.STATES[run.state].title} · {formats.moment(run.created)}"


def watched(view: frame.Frame, run: RunRecord) -> Watched:
    """The run with its tasks' names, colours and baselines."""
    spec = loaders.dataset_spec(view.home.database_url, run.dataset_id)
    others = [other for other in loaders.runs(view.home.database_url) if other.state is RunState.COMPLETED]
    known = run_facts.baselines(run, others)
    return Watched(run=run, tasks=run_facts.task_lines(run, spec, known, view.dark))


def header(run: RunRecord) -> None:
    """The run's name and what it is about."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(sentence(run_facts.run_title(run)), anchor=False, width="content")
        states.badge(run.state)
    about = [run.dataset, _("seed {seed}").format(seed=run.seed), run.id]
    if run.slot:
        about.append(run.slot)
    st.caption(" · ".join(about))


def live(view: frame.Frame, page_run: Watched, every: int | None) -> None:
    """Progress, alerts and curves, renewed by themselves while the run goes on."""
    run_every = every if not page_run.run.state.is_over else None
    st.fragment(_live, run_every=run_every)(view, page_run)


def _live(view: frame.Frame, page_run: Watched) -> None:
    with frame.guarded():
        url = view.home.database_url
        run = loaders.run(url, page_run.run.id)
        if run.state is not page_run.run.state or run.weights_now != page_run.run.weights_now:
            st.rerun(scope="app")  # buttons and sliders stand outside of what renews itself
        seen = live_run(url, run.id).look()
        monitor_progress.show(run, loaders.waiting_before(url, run), loaders.now())
        if run.state is not RunState.COMPLETED:
            _alerts(seen, page_run.tasks)
        if ("", "train", "total_loss") not in seen.curves:
            st.caption(_("The curves begin with the first step of training."))
            return
        look = monitor_curves.choose_view(view.dark)
        monitor_curves.show(run.id, seen, page_run.tasks, look)
        monitor_curves.conflicts(run.id, seen.curves, page_run.tasks, view.dark)


def _alerts(seen: Seen, tasks: Sequence[TaskLine]) -> None:
    headlines = {
        task.name: Headline(name=task.headline, higher_is_better=task.higher_is_better) for task in tasks
    }
    changes = monitor_curves.weight_changes(seen.events)
    found = find_alerts(seen.curves, headlines, changes[-1].step if changes else 0)
    alert_texts.show(found, {task.name: task.title for task in tasks})


def results(page_run: Watched) -> None:
    """What a completed run scored on test, beside the untrained model and the best baseline."""
    if page_run.run.state is RunState.COMPLETED and page_run.run.result:
        tables.test_results(page_run.run, page_run.tasks)
        for note in page_run.run.result.get("notes", []):
            st.caption(note)


def why(run: RunRecord) -> None:
    """The reason of an end that was not planned."""
    box = st.error if run.state in (RunState.FAILED, RunState.LOST) else st.info
    box(sentence(run.reason), icon=states.STATES[run.state].icon)
