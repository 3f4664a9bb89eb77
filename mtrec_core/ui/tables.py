"""The table of a run's test results, which several pages show. No torch here."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from mtrec_core.store.records import RunRecord
from mtrec_core.ui import formats
from mtrec_core.ui.charts.panels import TaskLine
from mtrec_core.ui.run_facts import best_baseline
from mtrec_core.ui.texts import _, terms


def test_results(run: RunRecord, tasks: Sequence[TaskLine]) -> None:
    """A row per task: headline metric on test, before training, best baseline, and the gain over it."""
    found = (run.result or {}).get("tasks", {})
    rows = []
    for task in tasks:
        result = found.get(task.name)
        if result is None:
            continue
        test, before = result["test"].get(task.headline), result["before"].get(task.headline)
        baseline = best_baseline(run, task.name)
        gain = None if baseline is None or test is None else test - baseline.value
        good = None if gain is None else (gain > 0) == task.higher_is_better
        mark = "" if good is None else ("▲ " if good else "▼ ")
        rows.append(
            {
                _("Task"): task.title,
                _("Metric"): task.headline_title
                + ("" if task.higher_is_better else " " + _("(lower is better)")),
                _("Test"): formats.metric(test),
                _("Untrained"): formats.metric(before),
                _("Best baseline"): formats.metric(baseline.value if baseline else None),
                _("Against baseline"): mark + formats.difference(gain),
                _("Baseline's name"): baseline.title if baseline else "",
            }
        )
    numbers = [_("Test"), _("Untrained"), _("Best baseline"), _("Against baseline")]
    helps = {_("Test"): terms["test"], _("Best baseline"): terms["baseline"]}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.TextColumn(alignment="right", help=helps.get(name)) for name in numbers
        },
        key="test_results",
        alt=_(
            "Each task's headline metric on the test set, of the trained model, the untrained one and the "
            "baseline."
        ),
    )
