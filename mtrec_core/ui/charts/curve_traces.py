"""Single lines of a figure: how a loss, a metric, a best step and a level are drawn. No torch here."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mtrec_core.store.curves import Curve
from mtrec_core.ui.charts.downsampling import thin
from mtrec_core.ui.charts.palette import faint
from mtrec_core.ui.charts.smoothing import debiased_ema

Trace = dict[str, Any]
"""A line as plotly reads it."""
XAxis = Literal["step", "epoch", "time"]


@dataclass(frozen=True, kw_only=True)
class CurveView:
    """How a reader looks at the curves."""

    x: XAxis = "step"
    smoothing: float = 0.6
    """Weight of the moving average over losses; 0 shows them as they are."""
    dark: bool = False


def x_values(curve: Curve, x: XAxis) -> np.ndarray:
    """Steps, epochs or minutes of each point."""
    if x == "step":
        return curve.steps
    return curve.epochs if x == "epoch" else curve.seconds / 60


def line_trace(
    x: np.ndarray, y: np.ndarray, colour: str, name: str, width: float = 2.0, dash: str = "solid"
) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "name": name,
        "line": {"color": colour, "width": width, "dash": dash}, "hovertemplate": "%{y:.4g}",
    }  # fmt: skip


def smoothed_traces(curve: Curve, colour: str, view: CurveView, name: str) -> list[Trace]:
    """The raw line, pale, and its moving average; where points had to be left out, their envelope."""
    x = x_values(curve, view.x)
    if not view.smoothing:
        return _thinned(x, curve.values, colour, name, 1.5)
    smooth = debiased_ema(curve.values, view.smoothing)
    raw = _thinned(x, curve.values, faint(colour, 0.28), name, 1.0)
    for trace in raw:
        trace["hoverinfo"] = "skip"
        trace.pop("hovertemplate", None)
    kept = thin(x, smooth)
    return [*raw, line_trace(kept.x, kept.y, colour, name)]


def _thinned(x: np.ndarray, y: np.ndarray, colour: str, name: str, width: float) -> list[Trace]:
    kept = thin(x, y)
    line = line_trace(kept.x, kept.y, colour, name, width)
    if kept.low is None or kept.high is None:
        return [line]
    edge = {"type": "scatter", "mode": "lines", "x": kept.x, "line": {"width": 0}, "hoverinfo": "skip"}
    shade = colour if colour.startswith("rgba") else faint(colour, 0.2)
    return [{**edge, "y": kept.low}, {**edge, "y": kept.high, "fill": "tonexty", "fillcolor": shade}, line]


def measured_trace(curve: Curve, colour: str, view: CurveView, name: str, dash: str = "solid") -> Trace:
    """A line through few points, each of which shows."""
    line = line_trace(x_values(curve, view.x), curve.values, colour, name)
    line["line"]["dash"] = dash
    return {**line, "mode": "lines+markers", "marker": {"color": colour, "size": 6}}


def best_star(curve: Curve, colour: str, view: CurveView, best_step: int | None) -> list[Trace]:
    """A star where the best step was measured; nothing before there is one."""
    at = np.flatnonzero(curve.steps == best_step) if best_step is not None else np.array([], dtype=int)
    if not len(at):
        return []
    place = at[-1:]
    return [
        {
            "type": "scatter", "mode": "markers", "x": x_values(curve, view.x)[place],
            "y": curve.values[place],
            "marker": {"symbol": "star", "size": 14, "color": colour}, "hoverinfo": "skip",
        }
    ]  # fmt: skip


def level_trace(level: float, x: np.ndarray, colour: str, name: str) -> Trace:
    """A level line from the first to the last place of a curve."""
    return {
        "type": "scatter", "mode": "lines", "x": np.array([x[0], x[-1]], dtype=np.float64),
        "y": np.array([level, level]), "name": name, "hovertemplate": "%{y:.4g}",
        "line": {"color": colour, "width": 1.5, "dash": "dash"},
    }  # fmt: skip


def corners(values: np.ndarray) -> np.ndarray:
    """Places of a step line that change it, and its ends."""
    if len(values) < 3:
        return np.arange(len(values))
    changes = np.flatnonzero(np.diff(values) != 0) + 1
    return np.unique(np.concatenate([[0, len(values) - 1], changes]))
