"""Weights and settings of many runs against their metrics, as parallel coordinates. No torch here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from mtrec_core.ui.charts.palette import DARK, LIGHT
from mtrec_core.ui.theme import SHADES, template

MOST_TICKS = 12


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One vertical line: a setting or a metric, with a value per run."""

    title: str
    values: tuple[object, ...]


def usable(axis: Axis) -> bool:
    """Whether the axis tells runs apart: at least two values, and not as many words as would overprint."""
    distinct = {str(value) for value in axis.values if value is not None}
    return len(distinct) > 1 and (_is_number(axis) or len(distinct) <= MOST_TICKS)


def parallel(axes: Sequence[Axis], colour: Axis, dark: bool) -> go.Figure:
    """A line per run; `colour` must be numbers and tints the lines. Runs that lack a number on some axis are
    left out by the caller."""
    shades = SHADES[dark]
    scale = [[0, shades.quiet_text], [0.5, (DARK if dark else LIGHT)[4]], [1, (DARK if dark else LIGHT)[1]]]
    figure = go.Figure(
        go.Parcoords(
            dimensions=[_dimension(axis) for axis in axes],
            line={
                "color": [float(str(value)) for value in colour.values],
                "colorscale": scale,
                "showscale": True,
                "colorbar": {
                    "title": {"text": colour.title, "side": "right", "font": {"size": 12}},
                    "tickfont": {"size": 12},
                    "thickness": 12,
                    "outlinewidth": 0,
                },
            },
            labelangle=-14,
            labelfont={"size": 12, "color": shades.text},
            tickfont={"size": 11, "color": shades.quiet_text},
            rangefont={"size": 1, "color": "rgba(0,0,0,0)"},
            unselected={"line": {"color": shades.line, "opacity": 0.35}},
        )
    )
    figure.update_layout(
        template=template(dark),
        height=460,
        margin={"t": 96, "b": 24, "l": 70, "r": 24},
        paper_bgcolor=shades.page,  # also the halo of the numbers
    )
    return figure


def _is_number(axis: Axis) -> bool:
    return all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        for value in axis.values
    )


def _dimension(axis: Axis) -> dict[str, object]:
    if _is_number(axis):
        distinct = sorted({float(str(value)) for value in axis.values})
        found: dict[str, object] = {
            "label": axis.title,
            "values": [float(str(value)) for value in axis.values],
        }
        if len(distinct) <= MOST_TICKS // 2:
            found |= {"tickvals": distinct, "ticktext": [f"{value:.4g}" for value in distinct]}
        return found
    words = sorted({_word(value) for value in axis.values})
    return {
        "label": axis.title,
        "values": [words.index(_word(value)) for value in axis.values],
        "tickvals": list(range(len(words))),
        "ticktext": words,
        "range": [-0.2, len(words) - 0.8],
    }


def _word(value: object) -> str:
    return "–" if value is None else str(value)
