"""Compare's views of what training did: metrics before and after, and gradients. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.run_values import label
from mtrec_core.store.curve_names import COSINE
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_loaders, compare_results, frame, links
from mtrec_core.ui.shown.gradients import conflict_shown, of_run, pulls_shown
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.shown.tuning import tuning_shown
from mtrec_core.ui.texts import _, terms


def before_and_after(view: frame.Frame, runs: Sequence[RunRecord], titles: TaskTitles) -> None:
    """Each task's test metric before fine-tuning and after."""
    shown = tuning_shown(runs, titles, view.dark)
    if shown.figure is None:
        compare_results.no_results()
        return
    compare_chart.show(shown, open_table=True)
    st.caption(
        _(
            "Hollow: the model as it began, with its pretrained encoder and heads that learned nothing yet. "
            "Full: the model that training left. Both on the test set."
        )
    )


def gradients(view: frame.Frame, runs: Sequence[RunRecord], base: RunRecord, titles: TaskTitles) -> None:
    """Which tasks pull together and which apart: in one run as a matrix, in several pair by pair."""
    tasks = tuple(titles.titles)
    names = tuple(f"{COSINE}{task}" for task in tasks)
    curves = compare_loaders.curves(view.home.database_url, runs, tasks, names)
    compared = {run.id: run for run in runs if of_run(curves, run)}
    if not compared:
        st.info(
            _(
                "None of these runs compared its tasks' gradients yet. A run of several tasks does so every "
                "so many steps, as the setting objective.gradients_every says; 0 switches it off."
            ),
            icon=":material/call_split:",
        )
        return
    if len(compared) > 1:
        compare_chart.show(pulls_shown(list(compared.values()), curves, titles, view.dark))
    first = base.id if base.id in compared else next(iter(compared))
    links.begin("gradients_of", compared, first)
    chosen = st.selectbox(
        _("Run"),
        list(compared),
        format_func=lambda run_id: label(compared[run_id]),
        key="gradients_of",
        width=320,
    )
    links.keep("gradients_of", chosen, first)
    shown = conflict_shown(compared[chosen or first], curves, titles, view.dark)
    if shown is not None:
        compare_chart.show(shown)
    st.caption(
        _("Cosine between the tasks' gradients over what they share, mean of the last comparisons."),
        help=terms["conflict"],
    )
