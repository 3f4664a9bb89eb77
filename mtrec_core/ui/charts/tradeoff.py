"""Two or three tasks' metrics against each other, with the Pareto front. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from mtrec_core.evaluation.pareto import on_front
from mtrec_core.ui.charts.palette import faint
from mtrec_core.ui.texts import _
from mtrec_core.ui.theme import SHADES, template

LABELLED = 14
"""So many points still have room for their numbers beside them."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One metric of all points, which is one axis (or the colour)."""

    title: str
    higher_is_better: bool
    values: tuple[float, ...]
    low: tuple[float | None, ...] = ()
    """Ends of the intervals; () draws none."""
    high: tuple[float | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One run in the scatter."""

    run_id: str
    short: str
    """Such as #12."""
    label: str
    colour: str
    hover: str


def front(measured: Sequence[Measured]) -> np.ndarray:
    """bool [N]: which points no other one beats in every metric."""
    values = np.array([one.values for one in measured], dtype=np.float64).T
    return on_front(values, [one.higher_is_better for one in measured])


def tradeoff(
    marks: Sequence[Mark],
    x: Measured,
    y: Measured,
    colour: Measured | None,
    dark: bool,
    knee: int | None = None,
) -> go.Figure:
    """The scatter; its first trace holds the points in the order of `marks`, whose ids are its customdata. A
    ring marks the knee."""
    measured = [x, y] if colour is None else [x, y, colour]
    front_N = front(measured)
    shades = SHADES[dark]
    marker: dict[str, object] = {
        "size": [15 if best else 10 for best in front_N],
        "color": [
            mark.colour if best else faint(mark.colour, 0.6)
            for mark, best in zip(marks, front_N, strict=True)
        ],
        "opacity": 1.0,  # of sizes that differ plotly makes bubbles that are seen through
        "line": {"width": [2 if best else 0 for best in front_N], "color": shades.text},
    }
    if colour is not None:
        marker |= {
            "color": list(colour.values),
            "colorscale": "Viridis",
            "reversescale": not colour.higher_is_better,
            "colorbar": {
                "title": {"text": colour.title, "side": "right"},
                "thickness": 12,
                "outlinewidth": 0,
            },
        }
    figure = go.Figure(
        go.Scatter(
            x=x.values,
            y=y.values,
            mode="markers+text" if len(marks) <= LABELLED else "markers",
            text=[mark.short for mark in marks],
            textposition="top center",
            textfont={"size": 12, "color": shades.text},
            customdata=[[mark.run_id, mark.label, mark.hover] for mark in marks],
            marker=marker,
            error_x=_bars(x, shades.quiet_text),
            error_y=_bars(y, shades.quiet_text),
            hovertemplate=(
                "<b>%{customdata[1]}</b><br>%{x:.4f} · %{y:.4f}<br>%{customdata[2]}<extra></extra>"
            ),
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.55}},
            showlegend=False,
        )
    )
    if colour is None and front_N.sum() > 1:
        places = np.flatnonzero(front_N)
        order = places[np.lexsort((np.array(y.values)[places], np.array(x.values)[places]))]
        figure.add_trace(
            go.Scatter(
                x=np.array(x.values)[order],
                y=np.array(y.values)[order],
                mode="lines",
                line={"color": shades.quiet_text, "dash": "dot", "width": 1.5},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    if knee is not None:
        figure.add_trace(
            go.Scatter(
                x=[x.values[knee]],
                y=[y.values[knee]],
                mode="markers+text",
                text=[_("knee")],
                textposition="bottom center",
                textfont={"size": 12, "color": shades.text},
                marker={"symbol": "circle-open", "size": 24, "color": shades.text, "line": {"width": 2}},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    figure.update_layout(
        template=template(dark),
        height=520,
        hovermode="closest",
        clickmode="event+select",
        dragmode="zoom",
        margin={"t": 20, "b": 8, "l": 8, "r": 8},
        xaxis={"title": {"text": _better(x)}},
        yaxis={"title": {"text": _better(y)}},
    )
    return figure


def _bars(measured: Measured, colour: str) -> dict[str, object] | None:
    if not any(value is not None for value in measured.low):
        return None
    pairs = list(zip(measured.values, measured.low, measured.high, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [0 if high is None else high - value for value, _, high in pairs],
        "arrayminus": [0 if low is None else value - low for value, low, _ in pairs],
        "color": faint(colour, 0.55),
        "thickness": 1.2,
        "width": 0,
    }


def _better(measured: Measured) -> str:
    return f"{measured.title} {'→' if measured.higher_is_better else '←'}"
