"""Compare's view of settings: what differs, and how it goes with the metrics. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.run_values import compared_tasks
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_results, frame, links
from mtrec_core.ui.shown.settings import (
    FEWEST_RUNS,
    differences_shown,
    metric_axis,
    parallel_axes,
    parallel_shown,
)
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.texts import _


def show(view: frame.Frame, runs: Sequence[RunRecord], titles: TaskTitles) -> None:
    """Differences as a table, then the parallel coordinates."""
    st.subheader(_("Settings that differ"), anchor=False)
    compare_chart.show(differences_shown(runs), open_table=True)
    if not compared_tasks(runs):
        return
    st.subheader(_("Settings against results"), anchor=False)
    task, metric = compare_results.choose_metric(runs, titles, "parallel")
    axes = parallel_axes(runs, task.name, metric)
    if len(axes.runs) < FEWEST_RUNS or not axes.settings:
        st.info(
            _(
                "Choose {count} runs or more with test results of the same tasks and with "
                "settings that differ."
            ).format(count=FEWEST_RUNS),
            icon=":material/stacked_line_chart:",
        )
        return
    first = axes.first(metric_axis(task.name, metric))
    links.begin_several("axes", axes.titles(), first)
    chosen = st.pills(_("Axes"), axes.titles(), selection_mode="multi", key="axes")
    links.keep_several("axes", chosen, first)
    shown = parallel_shown(axes, chosen, task.name, metric, titles, view.dark)
    if shown.figure is None:
        st.info(_("Choose two axes or more."), icon=":material/stacked_line_chart:")
        return
    with st.container(key="parallel"):  # wider than a phone, and scrolls there
        compare_chart.show(shown)
    st.caption(_("Drag along an axis to keep only the runs that pass there; drag an axis's name to move it."))
