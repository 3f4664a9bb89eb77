"""Curves of several runs over each other: a row per task, loss left, headline metric right. No torch here.

P = points of a curve.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from mtrec_core.ui.charts.downsampling import thin
from mtrec_core.ui.charts.palette import faint
from mtrec_core.ui.charts.smoothing import debiased_ema
from mtrec_core.ui.theme import template

MOST = 800
"""Points of a line: more than a panel has pixels."""
ROW_HEIGHT = 250
GAP = 70
"""Pixels between two rows of panels."""
ABOVE = 106
"""Pixels for the legend and the titles of the first row."""
TITLE_WIDTH = 26
"""Letters of a panel's title before it goes on below: so many fit above a panel on a phone."""
FEW_POINTS = 40
"""A line of so few points shows each as a dot."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One run (or the mean over its seeds) in one panel."""

    label: str
    colour: str
    dash: str
    x_P: np.ndarray
    y_P: np.ndarray
    low_P: np.ndarray | None = None
    """Spread over seeds: a band is drawn from here ..."""
    high_P: np.ndarray | None = None
    """... to here."""
    quiet: bool = False
    """Drawn thin, out of the legend: one seed of several."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One task's loss, or its headline metric."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the reader wants the curves."""

    x_title: str
    smoothing: float = 0.0
    """Weight of the moving average; the raw line stays, faint. Lines of few points are left as they are."""
    log_x: bool = False
    log_y: bool = False
    """Of losses only: a metric may be 0 or negative."""


def compared_curves(rows: Sequence[tuple[Panel, Panel]], look: Look, dark: bool) -> go.Figure:
    """The figure. All panels of a column share one x axis, so that they zoom and are read off together."""
    traces: list[dict[str, object]] = []
    plot = ROW_HEIGHT * len(rows)
    legend: set[str] = set()
    layout: dict[str, object] = {}
    annotations = []
    for row, panels in enumerate(rows):
        top = 1 - row * ROW_HEIGHT / plot
        bottom = top - (ROW_HEIGHT - GAP) / plot
        for column, panel in enumerate(panels):
            number = 2 * row + column + 1
            log = look.log_y and column == 0
            layout[f"yaxis{number}"] = {
                "domain": [max(bottom, 0.0), top],
                "anchor": "x" if column == 0 else "x2",
                "type": "log" if log else "linear",
            }
            title = "<br>".join(textwrap.wrap(panel.title, TITLE_WIDTH))
            annotations.append(
                {
                    "text": f"<b>{title}</b>", "x": 0 if column == 0 else 0.54, "y": top, "xref": "paper",
                    "yref": "paper", "xanchor": "left", "yanchor": "bottom",
                    "showarrow": False, "font": {"size": 13}, "yshift": 4,
                }
            )  # fmt: skip
            for line in panel.lines:
                axes = {"xaxis": "x" if column == 0 else "x2", "yaxis": f"y{number}"}
                traces += [trace | axes for trace in _traces(line, look, line.label not in legend)]
                if not line.quiet:
                    legend.add(line.label)
    last = 2 * len(rows)
    kind = "log" if look.log_x else "linear"
    for name, anchor, domain in (("xaxis", last - 1, [0, 0.46]), ("xaxis2", last, [0.54, 1])):
        layout[name] = {
            "domain": domain, "anchor": f"y{anchor}", "type": kind, "title": {"text": look.x_title},
            "showspikes": True, "spikemode": "across", "spikethickness": 1, "spikedash": "dot",
            "spikecolor": "#8A94A3",
        }  # fmt: skip
    layout |= {
        "template": template(dark),
        "height": plot + ABOVE,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "annotations": annotations,
        "legend": {"y": 1 + 46 / plot, "yanchor": "bottom"},
        "margin": {"t": 92, "b": 8, "l": 8, "r": 8},
    }
    return go.Figure(
        data=traces, layout=layout
    )  # at once: adding traces one by one costs three times as much


def _traces(line: Line, look: Look, in_legend: bool) -> list[dict[str, object]]:
    common: dict[str, object] = {"type": "scatter", "legendgroup": line.label, "name": line.label}
    silent = common | {"hoverinfo": "skip", "showlegend": False}
    if line.quiet:
        kept = thin(line.x_P, line.y_P, MOST)
        style = {"color": faint(line.colour, 0.45), "width": 1, "dash": line.dash}
        return [silent | {"x": kept.x, "y": kept.y, "mode": "lines", "line": style}]
    traces: list[dict[str, object]] = []
    if line.low_P is not None and line.high_P is not None:
        x = np.concatenate([line.x_P, line.x_P[::-1]])
        band = np.concatenate([line.low_P, line.high_P[::-1]])
        fill = {"fill": "toself", "fillcolor": faint(line.colour, 0.15), "mode": "none"}
        traces.append(silent | fill | {"x": x, "y": band})
    y_P = line.y_P
    if look.smoothing > 0 and len(line.x_P) > FEW_POINTS:  # a few measurements would only lag behind
        kept = thin(line.x_P, line.y_P, MOST)
        raw = {"color": faint(line.colour, 0.28), "width": 1}
        traces.append(silent | {"x": kept.x, "y": kept.y, "mode": "lines", "line": raw})
        y_P = debiased_ema(line.y_P, look.smoothing)
    kept = thin(line.x_P, y_P, MOST)
    main: dict[str, object] = {
        "x": kept.x,
        "y": kept.y,
        "mode": "lines+markers" if len(kept.x) <= FEW_POINTS else "lines",
        "line": {"color": line.colour, "width": 2, "dash": line.dash},
        "marker": {"size": 5, "color": line.colour},
        "hovertemplate": "%{y:.4g}<extra>" + line.label.replace("<", "‹") + "</extra>",
        "showlegend": in_legend,
    }
    return [*traces, common | main]
