"""Values with their intervals: a row per thing, a dot per value. No torch here."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from mtrec_core.ui.charts.palette import faint
from mtrec_core.ui.theme import SHADES, template

LANE = 15
"""Pixels between two dots of one row."""
ROW = 34
"""Pixels that a row takes at least."""
NAME_WIDTH = 26
"""Letters of a row's name before it goes on below, so that on a phone the dots keep half of the width."""
NAME_LINE = 17
"""Pixels of a line of the name."""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One value."""

    row: str
    """What it is about; dots of the same row stand on lanes below each other."""
    series: str
    """Whose value it is: the legend's entry."""
    colour: str
    value: float
    low: float | None = None
    high: float | None = None
    hollow: bool = False
    """The interval holds 0, or there is none: nothing is certain."""
    members: tuple[float, ...] = ()
    """Single values behind a mean, drawn small."""
    hover: str = ""
    """One line more than value and interval."""


def dot_rows(
    dots: Sequence[Dot], *, x_title: str, zero: bool, percent: bool = False, dark: bool
) -> go.Figure:
    """The figure; `zero` draws the line where nothing differs, `percent` shows shares as percentages."""
    rows = list(dict.fromkeys(dot.row for dot in dots))
    series = list(dict.fromkeys(dot.series for dot in dots))
    lanes = {
        row: [name for name in series if any(d.row == row and d.series == name for d in dots)] for row in rows
    }
    names = {row: textwrap.wrap(row, NAME_WIDTH, break_long_words=False) for row in rows}
    heights = {row: max(ROW, LANE * len(lanes[row]) + 14, NAME_LINE * len(names[row]) + 8) for row in rows}
    middle, at = {}, 0.0
    for row in rows:
        middle[row] = at + heights[row] / 2
        at += heights[row]
    figure = go.Figure()
    suffix = ".1%" if percent else ".4f"
    for name in series:
        own = [dot for dot in dots if dot.series == name]
        y = [
            middle[dot.row] + LANE * (lanes[dot.row].index(name) - (len(lanes[dot.row]) - 1) / 2)
            for dot in own
        ]
        _members(figure, own, y)
        figure.add_trace(
            go.Scatter(
                x=[dot.value for dot in own],
                y=y,
                mode="markers",
                name=name,
                marker={
                    "size": 10,
                    "color": [SHADES[dark].page if dot.hollow else dot.colour for dot in own],
                    "line": {"width": 2, "color": [dot.colour for dot in own]},
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [0 if dot.high is None else dot.high - dot.value for dot in own],
                    "arrayminus": [0 if dot.low is None else dot.value - dot.low for dot in own],
                    "color": faint(own[0].colour, 0.75),
                    "thickness": 2,
                    "width": 0,
                },
                customdata=[[dot.row, _interval(dot, percent), dot.hover] for dot in own],
                hovertemplate=(
                    "<b>%{customdata[0]}</b><br>%{x:" + suffix + "}%{customdata[1]}<br>%{customdata[2]}"
                ),
            )
        )
    for row in rows[:-1]:
        edge = middle[row] + heights[row] / 2
        figure.add_hline(y=edge, line={"color": SHADES[dark].line, "width": 1}, layer="below")
    if zero:
        figure.add_vline(x=0, line={"color": SHADES[dark].quiet_text, "width": 1.5}, layer="below")
    figure.update_layout(
        template=template(dark),
        height=int(at) + 110,
        showlegend=len(series) > 1,
        hovermode="closest",
        margin={"t": 40 if len(series) > 1 else 12, "b": 8, "l": 8, "r": 16},
        xaxis={"title": {"text": x_title.replace("; ", ";<br>")}, "tickformat": "+.0%" if percent else ""},
        yaxis={
            "tickmode": "array",
            "tickvals": [middle[row] for row in rows],
            "ticktext": ["<br>".join(names[row]) for row in rows],
            "range": [at, 0],
            "showgrid": False,
            "tickfont": {"size": 13, "color": SHADES[dark].text},
        },
    )
    return figure


def _members(figure: go.Figure, own: Sequence[Dot], y: Sequence[float]) -> None:
    points = [(value, at, dot.colour) for dot, at in zip(own, y, strict=True) for value in dot.members]
    if points:
        figure.add_trace(
            go.Scatter(
                x=[point[0] for point in points],
                y=[point[1] for point in points],
                mode="markers",
                marker={"symbol": "line-ns-open", "size": 11, "color": [point[2] for point in points]},
                showlegend=False,
                hovertemplate="%{x:.4f}<extra></extra>",
            )
        )


def _interval(dot: Dot, percent: bool) -> str:
    if dot.low is None or dot.high is None:
        return ""
    return f" ({dot.low:+.1%} to {dot.high:+.1%})" if percent else f" ({dot.low:.4f} to {dot.high:.4f})"
