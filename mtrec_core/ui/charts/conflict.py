"""Which tasks pull the shared parameters together and which apart. No torch here.

Shape suffixes: T = tasks, P = points of a curve.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtrec_core.comparing.conflict import RECENT, by_part, conflicts_of
from mtrec_core.store.curve_names import COSINE
from mtrec_core.store.curves import Curve
from mtrec_core.ui.charts.curve_traces import CurveView, level_trace, line_trace, x_values
from mtrec_core.ui.charts.curves import Curves
from mtrec_core.ui.charts.palette import DARK, LIGHT, QUIET
from mtrec_core.ui.charts.panels import Figure, Panel, TaskLine
from mtrec_core.ui.texts import _
from mtrec_core.ui.theme import SHADES, template

CELL = 34
"""Pixels a row of the matrix is high."""


def gradient_panels(row: int, curves: Curves, tasks: Sequence[TaskLine], view: CurveView) -> list[Panel]:
    """Length of each task's gradient, and its mean cosine with the others; [] before there are any."""
    norms, pulls = [], []
    for task in tasks:
        norm = curves.get((task.name, "train", "gradient_norm"))
        if norm is not None and len(norm):
            norms.append(line_trace(x_values(norm, view.x), norm.values, task.colour, task.title))
        pull = mean_cosine(curves, task.name)
        if len(pull):
            pulls.append(line_trace(x_values(pull, view.x), pull.values, task.colour, task.title))
            longest = pull
    if not pulls:
        return []
    pulls.append(level_trace(0.0, x_values(longest, view.x), QUIET[view.dark], _("at right angles")))
    return [
        Panel(
            title=f"<b>{_('Gradients')}</b> · {_('length, by task')}",
            row=row,
            column=0,
            traces=tuple(norms),
            y_from_zero=True,
        ),
        Panel(
            title=f"<b>{_('Gradients')}</b> · {_('cosine with the other tasks, mean')}",
            row=row,
            column=1,
            traces=tuple(pulls),
        ),
    ]


def mean_cosine(curves: Curves, task: str) -> Curve:
    """The mean of a task's cosines with the others, at each step that compared any."""
    pairs = [
        curve
        for (one, _split, name), curve in curves.items()
        if name.startswith(COSINE) and task in (one, name.removeprefix(COSINE))
    ]
    if not pairs:
        nothing = np.zeros(0)
        return Curve(ids=nothing, steps=nothing, epochs=nothing, seconds=nothing, values=nothing)
    steps = np.concatenate([curve.steps for curve in pairs])
    steps_P, place = np.unique(steps, return_inverse=True)
    counts_P = np.bincount(place)

    def mean(parts: list[np.ndarray]) -> np.ndarray:
        return np.bincount(place, weights=np.concatenate(parts)) / counts_P

    return Curve(
        ids=steps_P,
        steps=steps_P,
        epochs=mean([curve.epochs for curve in pairs]),
        seconds=mean([curve.seconds for curve in pairs]),
        values=mean([curve.values for curve in pairs]),
    )


def cosine_matrix(curves: Curves, tasks: Sequence[str]) -> np.ndarray:
    """float64 [T, T]: mean cosine of the last comparisons; NaN where two tasks were never compared."""
    matrix_TT = np.full((len(tasks), len(tasks)), np.nan)
    np.fill_diagonal(matrix_TT, 1.0)
    for (one, _split, name), curve in curves.items():
        other = name.removeprefix(COSINE)
        if name.startswith(COSINE) and one in tasks and other in tasks and len(curve):
            places = tasks.index(one), tasks.index(other)
            matrix_TT[places] = matrix_TT[places[::-1]] = np.nanmean(curve.values[-RECENT:])
    return matrix_TT


def matrix_figure(curves: Curves, tasks: Mapping[str, str], dark: bool) -> Figure | None:
    """The matrix with its numbers, of tasks with their titles; None before two were compared."""
    matrix_TT = cosine_matrix(curves, list(tasks))
    known = [at for at in range(len(tasks)) if np.isfinite(matrix_TT[at]).sum() > 1]
    if len(known) < 2:
        return None
    cells = matrix_TT[np.ix_(known, known)]
    np.fill_diagonal(cells, np.nan)
    titles = [list(tasks.values())[at] for at in known]
    colours = DARK if dark else LIGHT
    scale = [[0.0, colours[7]], [0.5, SHADES[dark].panel], [1.0, colours[4]]]
    texts = [["" if np.isnan(cell) else f"{cell:+.2f}" for cell in row] for row in cells]
    heat: dict[str, Any] = {
        "type": "heatmap", "z": cells.tolist(), "x": titles, "y": titles, "zmin": -1, "zmax": 1,
        "colorscale": scale, "text": texts, "texttemplate": "%{text}", "xgap": 2, "ygap": 2,
        "showscale": False, "hovertemplate": "%{y} · %{x}: %{text}<extra></extra>",
    }  # fmt: skip
    layout = {
        "template": template(dark).to_plotly_json(),
        "height": 150 + CELL * len(known),
        "margin": {"l": 0, "r": 0, "t": 8, "b": 0},
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "xaxis": {"tickangle": -35, "showgrid": False},
    }
    return {"data": [heat], "layout": layout}


def strongest_conflict(curves: Curves, tasks: Mapping[str, str]) -> str:
    """The two tasks that pull apart most, in words."""
    titles = list(tasks.values())
    matrix_TT = cosine_matrix(curves, list(tasks))
    one, other = divmod(int(np.nanargmin(matrix_TT)), len(tasks))
    told = _("No two tasks conflict: the lowest cosine is {value}, between {one} and {other}.")
    if matrix_TT[one, other] < 0:
        told = _("{one} and {other} conflict most: their cosine is {value}.")
    return told.format(one=titles[one], other=titles[other], value=f"{matrix_TT[one, other]:+.2f}")


def conflict_parts(curves: Iterable[tuple[str, str, Curve]], tasks: Mapping[str, str]) -> pd.DataFrame:
    """A row per part of the model: how often its pairs of tasks pull apart, and which does most."""
    return pd.DataFrame(
        [
            {
                "part": part_title(one.part),
                "share": one.share,
                "pair": f"{tasks.get(one.worst.task, one.worst.task)} · "
                f"{tasks.get(one.worst.other, one.worst.other)}",
                "cosine": one.worst.latest,
            }
            for one in by_part(conflicts_of(curves))
        ]
    )


def part_title(part: str) -> str:
    """What a part of the model is called on a page."""
    kind, _of, entity = part.partition(" of ")
    known = {
        "": _("All that is shared"),
        "tower": _("Tower of {entity}"),
        "history": _("History of {entity}"),
        "sharing": _("Sharing structure"),
    }
    return known.get(kind, _("The rest")).format(entity=entity)
