"""Compare's curves: what is drawn of them, and how. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.run_values import metric_title
from mtrec_core.comparing.seeds import SeedGroup, seed_groups
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.store.records import RunRecord, SummaryRecord
from mtrec_core.ui import compare_chart, compare_loaders, frame, kept_rows, links
from mtrec_core.ui.shown.curves import X_TITLES, CurveChoice, curves_shown
from mtrec_core.ui.shown.shown import Shown, TaskTitles
from mtrec_core.ui.texts import _, terms

MOST_LINES = 24
"""More lines over each other can't be told apart, and the browser would be slow."""
MOST_TASKS = 4
"""Tasks that are drawn before anyone chose."""


def show(view: frame.Frame, runs: Sequence[RunRecord], titles: TaskTitles) -> None:
    """The controls in a row, then the figure."""
    url = view.home.database_url
    drawn = list(runs[:MOST_LINES])
    if len(runs) > MOST_LINES:
        st.info(
            _("Drawn are the first {most} of the {count} chosen runs.").format(
                most=MOST_LINES, count=len(runs)
            ),
            icon=":material/info:",
        )
    known = metrics_of(kept_rows.summaries(url, drawn, tuple(METRICS)), titles)
    if not known:
        st.info(_("These runs have not been validated yet; their curves come with the first validation."))
        return
    choice, groups = _choose(known, drawn, titles)
    if not choice.tasks:
        st.info(_("Choose a task to draw."), icon=":material/checklist:")
        return
    names = ("loss", *dict.fromkeys(choice.tasks.values()))
    seen = tuple(tuple((run.id, run.last_point, run.name) for run in group.members) for group in groups)
    compare_chart.show(_shown(seen, names, view.dark, choice, url, drawn, groups, titles))


@st.cache_resource(max_entries=32, show_spinner=False)
def _shown(
    seen: tuple[tuple[tuple[str, int, str], ...], ...],
    names: tuple[str, ...],
    dark: bool,
    choice: CurveChoice,
    _url: str,
    _runs: Sequence[RunRecord],
    _groups: Sequence[SeedGroup],
    _titles: TaskTitles,
) -> Shown:
    """The figure; drawn anew when a run has grown or something else is asked. What begins with a line follows
    from the rest."""
    curves = compare_loaders.curves(_url, _runs, tuple(choice.tasks), names)
    return curves_shown(_groups, curves, choice, _titles, dark)


def metrics_of(summaries: Sequence[SummaryRecord], titles: TaskTitles) -> dict[str, list[str]]:
    """Task -> metrics that some run has on validation; tasks in the order of the declaration."""
    found: dict[str, set[str]] = {}
    for row in summaries:
        if row.task and row.split == "validation":
            found.setdefault(row.task, set()).add(row.name)
    order = list(titles.titles)
    tasks = sorted(found, key=lambda task: order.index(task) if task in order else len(order))
    return {task: [metric for metric in METRICS if metric in found[task]] for task in tasks}


def _choose(
    known: dict[str, list[str]], runs: Sequence[RunRecord], titles: TaskTitles
) -> tuple[CurveChoice, list[SeedGroup]]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        smoothing = st.slider(
            _("Smoothing"),
            0.0,
            0.99,
            0.6,
            0.01,
            key="smoothing",
            bind="query-params",
            width=190,
            help=_(
                "Weight of a moving average without bias at its start. The raw line stays behind it, faint; "
                "what was measured a few times only stays as it is."
            ),
        )
        links.begin("x", X_TITLES, "step")
        x = st.segmented_control(
            _("Along"), list(X_TITLES), required=True, format_func=lambda axis: X_TITLES[axis], key="x"
        )
        links.keep("x", x, "step")
        log_x = st.toggle(_("Log x"), key="logx", bind="query-params")
        log_y = st.toggle(_("Log loss"), key="logy", bind="query-params")
        groups = seed_groups(runs)
        together = members = False
        if len(groups) < len(runs):
            together = st.toggle(
                _("Seeds as one"),
                True,
                key="seeds",
                bind="query-params",
                help=_(
                    "Runs that differ in their seed alone are drawn as their mean, with a band "
                    "from the lowest "
                    "to the highest."
                ),
            )
            if together:
                members = st.toggle(_("Each seed"), key="members", bind="query-params")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        links.begin_several("tasks_drawn", known, list(known)[:MOST_TASKS])
        tasks = st.pills(
            _("Tasks"),
            list(known),
            selection_mode="multi",
            format_func=titles.of_task,
            key="tasks_drawn",
            wrap=True,
        )
        links.keep_several("tasks_drawn", tasks, list(known)[:MOST_TASKS])
        shared = [metric for metric in METRICS if any(metric in metrics for metrics in known.values())]
        links.begin("metric", ["", *shared], "")
        metric = st.selectbox(
            _("Metric"),
            ["", *shared],
            format_func=lambda name: metric_title(name) if name else _("each task's own"),
            key="metric",
            width=220,
            help=terms["headline"],
        )
        links.keep("metric", metric, "")
    if not together:
        groups = [SeedGroup(members=(run,)) for run in runs]
    picked = {
        task: metric if metric in known[task] else headline_of(task, known[task], runs)
        for task in known
        if task in tasks
    }
    choice = CurveChoice(
        tasks=picked, x=x or "step", smoothing=smoothing, log_x=log_x, log_y=log_y, members=members
    )
    return choice, groups


def headline_of(task: str, metrics: Sequence[str], runs: Sequence[RunRecord]) -> str:
    """The task's headline metric as a result tells it; else the first that it has."""
    for run in runs:
        found = (run.result or {}).get("tasks", {}).get(task)
        if found and found["headline"] in metrics:
            headline: str = found["headline"]
            return headline
    return metrics[0]
