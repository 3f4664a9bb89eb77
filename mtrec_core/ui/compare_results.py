"""Compare's views of test results: intervals and seeds. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.run_values import ComparedTask, compared_tasks, metric_title
from mtrec_core.comparing.seeds import seed_groups
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_loaders, frame, links
from mtrec_core.ui.compare_loaders import Judged
from mtrec_core.ui.shown.results import results_shown
from mtrec_core.ui.shown.seeds import seeds_shown
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.texts import _, n_

LOOK_SECONDS = 2.0
MOST_NOTES = 3
"""Lines about runs that push the chart down."""


def judged(view: frame.Frame, runs: Sequence[RunRecord]) -> Judged:
    """The intervals of the runs; says what is missing, and comes back by itself once it was worked out."""
    found = compare_loaders.judged(view.home, runs)
    if found.waiting:
        text = _("Intervals of {count} older runs are being worked out; they appear here by themselves.")
        wait(view, found.waiting, text.format(count=len(found.waiting)))
    notes([problem.replace("#", "\\#") for problem in found.problems])
    return found


def notes(texts: Sequence[str]) -> None:
    """What runs lack, a line each; many lines stand behind one."""
    if len(texts) <= MOST_NOTES:
        for text in texts:
            st.caption(f":material/info: {text}")
        return
    title = n_("{n} note about a run", "{n} notes about runs", len(texts)).format(n=len(texts))
    with st.expander(title, icon=":material/info:"):
        st.caption("  \n".join(texts))


@st.fragment(run_every=LOOK_SECONDS)
def wait(view: frame.Frame, keys: tuple[str, ...], text: str) -> None:
    """Says what is being worked out until nothing of it goes on, then runs the page anew."""
    if not compare_loaders.is_working(view.home, keys):
        st.rerun()
    st.caption(f":material/hourglass_top: {text}")


def results(view: frame.Frame, runs: Sequence[RunRecord], base: RunRecord, titles: TaskTitles) -> None:
    """Test metrics with intervals, and differences from the base."""
    if not compared_tasks(runs):
        no_results()
        return
    every = st.toggle(_("All metrics"), key="allmetrics", bind="query-params")
    found = judged(view, runs)
    compare_chart.show(results_shown(runs, base, found.draws, titles, every, view.dark), open_table=True)
    st.caption(
        _(
            "An interval holds the true value with 95 % confidence: 1,000 draws of the test "
            "users, the same for "
            "all runs. A full dot is a difference whose interval leaves out 0; a hollow one may be chance."
        )
    )


def seeds(view: frame.Frame, runs: Sequence[RunRecord], base: RunRecord, titles: TaskTitles) -> None:
    """Mean and spread over seeds, for one metric as a chart, for all headlines as a table."""
    if not compared_tasks(runs):
        no_results()
        return
    groups = seed_groups(runs)
    if all(len(group.members) == 1 for group in groups):
        st.info(
            _(
                "Each chosen run stands alone: choose runs that differ in their seed only, or "
                "train some with "
                "several seeds on the Train page. One run can't tell how much is chance."
            ),
            icon=":material/casino:",
        )
    task, metric = choose_metric(runs, titles, "seeds")
    members = st.toggle(_("Show each seed"), key="members", bind="query-params")
    found = judged(view, runs)
    based = next(group for group in groups if base.id in {run.id for run in group.members})
    compare_chart.show(
        seeds_shown(groups, based, task.name, metric, found.draws, titles, members, view.dark),
        open_table=True,
    )
    st.caption(
        _(
            "Bars are one standard deviation over seeds. Differences in the table are of the means, with an "
            "interval over test users."
        )
    )


def choose_metric(runs: Sequence[RunRecord], titles: TaskTitles, key: str) -> tuple[ComparedTask, str]:
    """One task and one of its metrics, both in the link."""
    tasks = {task.name: task for task in compared_tasks(runs)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = next(iter(tasks))
        links.begin(f"{key}_task", tasks, first)
        name = st.selectbox(_("Task"), list(tasks), format_func=titles.of_task, key=f"{key}_task", width=320)
        links.keep(f"{key}_task", name, first)
        task = tasks[name or first]
        metrics = [task.headline, *(metric for metric in task.metrics if metric != task.headline)]
        word = f"{key}_metric_{task.kind}"
        links.begin(word, metrics, task.headline)
        metric = st.selectbox(_("Metric"), metrics, format_func=metric_title, key=word, width=220)
        links.keep(word, metric, task.headline)
    return task, metric or task.headline


def no_results() -> None:
    """What stands in place of results that have still to come."""
    st.info(
        _("None of these runs has test results yet; they come when a run is completed."),
        icon=":material/science:",
    )
