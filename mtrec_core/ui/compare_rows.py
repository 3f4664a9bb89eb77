"""What the table of runs on Compare holds. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from mtrec_core.comparing.run_values import test_value
from mtrec_core.evaluation.compare import gain
from mtrec_core.store.records import RunRecord, SummaryRecord
from mtrec_core.ui import formats, frame, kept_rows
from mtrec_core.ui.charts.palette import run_style
from mtrec_core.ui.states import STATES

DASH_LENGTHS = {"solid": "none", "dash": "9 5", "dot": "2.5 4", "dashdot": "9 4 2.5 4"}


@dataclass(frozen=True, kw_only=True)
class ListMetric:
    """The metric that the table shows."""

    task: str
    name: str


def swatch(run: RunRecord, dark: bool) -> str:
    """A run's line as a small picture: its colour and dash."""
    style = run_style(run.number, dark)
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='44' height='16'><line x1='2' y1='8' x2='42' y2='8' "
        f"stroke='{style.colour}' stroke-width='4' stroke-linecap='butt' "
        f"stroke-dasharray='{DASH_LENGTHS[style.dash]}'/></svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"


def table_rows(
    view: frame.Frame,
    listed: Sequence[RunRecord],
    metric: ListMetric | None,
    base: RunRecord | None,
    summaries: Sequence[SummaryRecord],
) -> pd.DataFrame:
    """A row per run, in the order of `listed`; changes are counted from `base`."""
    own = {
        row.run_id: row
        for row in summaries
        if metric and (row.task, row.split, row.name) == (metric.task, "validation", metric.name)
    }
    lines = (
        kept_rows.sparklines(view.home.database_url, listed, metric.task, "validation", metric.name)
        if metric
        else {}
    )
    base_value = test_value(base, metric.task, metric.name) if base and metric else None

    def change(run: RunRecord) -> float | None:
        value = test_value(run, metric.task, metric.name) if metric else None
        if value is None or base_value is None or metric is None or (base and run.id == base.id):
            return None
        if base and base.dataset_fingerprint != run.dataset_fingerprint:
            return None
        relative = gain(metric.name, value, base_value)
        return None if relative is None else 100 * relative

    return pd.DataFrame(
        {
            "line": [swatch(run, view.dark) for run in listed],
            "number": [run.number for run in listed],
            "star": ["★" if run.starred else "" for run in listed],
            "name": [run.name or run.dataset for run in listed],
            "state": [STATES[run.state].title for run in listed],
            "curve": [lines.get(run.id) for run in listed],
            "best": [own[run.id].best if run.id in own else None for run in listed],
            "last": [own[run.id].last if run.id in own else None for run in listed],
            "test": [test_value(run, metric.task, metric.name) if metric else None for run in listed],
            "change": [change(run) for run in listed],
            "dataset": [run.dataset for run in listed],
            "seed": [run.seed for run in listed],
            "tags": [list(run.tags) for run in listed],
            "note": [run.note for run in listed],
            "reason": ["" if run.result else run.reason for run in listed],
            "created": [formats.moment(run.created) for run in listed],
        }
    )
