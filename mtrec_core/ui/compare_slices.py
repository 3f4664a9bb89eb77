"""Compare's slices: a task's metric in parts of its test set. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.run_values import compared_tasks, task_results
from mtrec_core.errors import MtrecError
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_loaders, compare_results, frame
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.shown.slices import slices_shown
from mtrec_core.ui.texts import _

MOST_SLICED = 6
"""Runs whose slices are shown beside each other."""


def show(view: frame.Frame, runs: Sequence[RunRecord], base: RunRecord, titles: TaskTitles) -> None:
    """What is sliced and how, then the chart; runs whose slices are still measured come by themselves."""
    tested = [run for run in runs if task_results(run)][:MOST_SLICED]
    if not compared_tasks(tested):
        compare_results.no_results()
        return
    task, metric = compare_results.choose_metric(tested, titles, "slices")
    compare_results.judged(view, tested)  # an older run's slices come with its intervals
    kept: dict[str, list[str]] = {}
    reasons: dict[str, list[str]] = {}
    for run in tested:
        if task.name not in task_results(run):
            continue
        try:
            kept[run.id] = compare_loaders.slice_families(run, task.name)
        except MtrecError as error:
            reasons.setdefault(str(error), []).append(f"\\#{run.number}")
    compare_results.notes([f"{', '.join(numbers)}: {reason}" for reason, numbers in reasons.items()])
    names = list(dict.fromkeys(family for families in kept.values() for family in families))
    if not kept:
        return
    if not names:
        st.info(_("This task's test rows fall into no slices: they share all categories."))
        return
    family = st.pills(
        _("Slice by"),
        names,
        default=names[0],
        required=True,
        key="slice",
        bind="query-params",
        help=_(
            "How many training rows of this task a thing has, and its categories. Of items to be found, only "
            "those of the slice count as found."
        ),
    )
    with_slices = [run for run in tested if run.id in kept]
    measured = compare_loaders.slices(view.home, with_slices, task.name, metric)
    if measured.waiting:
        text = _("Slices of {count} runs are being measured; they appear here by themselves.")
        compare_results.wait(view, measured.waiting, text.format(count=measured.missing))
    compare_results.notes([problem.replace("#", "\\#") for problem in measured.problems.values()])
    if measured.problems and st.button(_("Try again"), key="slices_again"):
        compare_loaders.measure_again(view.home, measured.problems)
        st.rerun()
    shown = [run for run in with_slices if run.id in measured.found]
    if not shown:
        return
    shown_base = base if base.id in measured.found else shown[0]
    compare_chart.show(
        slices_shown(shown, shown_base, measured.found, task.name, metric, family, titles, view.dark),
        open_table=True,
    )
