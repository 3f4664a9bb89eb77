"""How the tasks' gradients lay to each other while runs trained. No torch here.

Shape suffixes: T = tasks.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtrec_core.comparing.run_values import label
from mtrec_core.store.curve_names import COSINE
from mtrec_core.store.curves import Curve, CurveKey
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.conflict import cosine_matrix, matrix_figure, strongest_conflict
from mtrec_core.ui.charts.curves import Curves
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _

MOST_PAIRS = 12
"""Of more pairs of tasks the chart shows those that conflict most in some run; the table holds all."""


def of_run(curves: Mapping[CurveKey, Curve], run: RunRecord) -> Curves:
    """The cosines of one run."""
    return {
        (key.task, key.split, key.name): curve
        for key, curve in curves.items()
        if key.run_id == run.id and key.name.startswith(COSINE) and len(curve)
    }


def conflict_shown(
    run: RunRecord, curves: Mapping[CurveKey, Curve], titles: TaskTitles, dark: bool
) -> Shown | None:
    """The matrix of one run; None where it compared no two tasks."""
    own = of_run(curves, run)
    figure = matrix_figure(own, titles.titles, dark)
    if figure is None:
        return None
    return Shown(
        figure=go.Figure(figure),
        made=pairs_table([run], curves, titles),
        says=strongest_conflict(own, titles.titles),
        file="gradient-cosines",
    )


def pulls_shown(
    runs: Sequence[RunRecord], curves: Mapping[CurveKey, Curve], titles: TaskTitles, dark: bool
) -> Shown:
    """Each pair of tasks in several runs; the pair that conflicts most stands first."""
    found = {run.id: _pairs(of_run(curves, run), titles) for run in runs}
    lowest: dict[str, float] = {}
    for pairs in found.values():
        for pair, cosine in pairs.items():
            lowest[pair] = min(cosine, lowest.get(pair, 1.0))
    order = sorted(lowest, key=lowest.__getitem__)
    dots = [
        Dot(
            row=pair,
            series=label(run),
            colour=run_colour(run, dark),
            value=found[run.id][pair],
            hollow=found[run.id][pair] >= 0,
        )
        for pair in order[:MOST_PAIRS]
        for run in runs
        if pair in found[run.id]
    ]
    title = _("Cosine; left of 0 the tasks pull apart")
    against = [pair for pair in order if lowest[pair] < 0]
    says = _("In no run do two tasks conflict.")
    if against:
        says = _("{count} of {all} pairs of tasks conflict in some run, most of all {pair}: {value:+.2f}.")
        says = says.format(count=len(against), all=len(order), pair=against[0], value=lowest[against[0]])
    return Shown(
        figure=dot_rows(dots, x_title=title, zero=True, dark=dark) if dots else None,
        made=pairs_table(runs, curves, titles),
        says=says,
        file="gradient-cosines-by-run",
    )


def _pairs(curves: Curves, titles: TaskTitles) -> dict[str, float]:
    """`one · other` -> mean cosine of the last comparisons."""
    tasks = list(titles.titles)
    matrix_TT = cosine_matrix(curves, tasks)
    return {
        f"{titles.of_task(tasks[one])} · {titles.of_task(tasks[other])}": float(matrix_TT[one, other])
        for one, other in zip(*np.triu_indices(len(tasks), 1), strict=True)
        if np.isfinite(matrix_TT[one, other])
    }


def pairs_table(
    runs: Sequence[RunRecord], curves: Mapping[CurveKey, Curve], titles: TaskTitles
) -> pd.DataFrame:
    """A row per run and pair of tasks."""
    rows = []
    for run in runs:
        own = of_run(curves, run)
        matrix_TT = cosine_matrix(own, list(titles.titles))
        places = {task: place for place, task in enumerate(titles.titles)}
        for (task, _split, name), curve in own.items():
            other = name.removeprefix(COSINE)
            rows.append(
                {
                    "run": label(run),
                    "task": titles.of_task(task),
                    "other_task": titles.of_task(other),
                    "cosine_of_last": float(matrix_TT[places[task], places[other]]),
                    "cosine_of_all": float(np.nanmean(curve.values)),
                    "share_below_0": float(np.mean(curve.values < 0)),
                    "comparisons": len(curve),
                }
            )
    return pd.DataFrame(rows)
