"""Panels below and beside each other in one figure, with one x axis per column. No torch here.

The figure is plain data (dicts, lists, NumPy arrays), which plotly takes as it is: a figure's objects would
check each value anew on every tick of a live page. Tests check them once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mtrec_core.ui.theme import SHADES, template

Figure = dict[str, Any]
"""plotly's figure: `data` and `layout`."""

PANEL_HEIGHT = 132
TITLE_HEIGHT = 38
"""Above each panel, for its title."""
FOOT_HEIGHT = 46
"""Below all panels, for the x axis."""
COLUMN_GAP = 0.07
"""Between two columns, as a share of the width."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One small chart."""

    title: str
    row: int
    column: int
    """0 or 1"""
    traces: tuple[dict[str, Any], ...]
    y_title: str = ""
    log_y: bool = False
    y_from_zero: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskLine:
    """What the panels of a task say beside its curves."""

    name: str
    title: str
    colour: str
    headline: str
    """The metric's name in the store."""
    headline_title: str
    higher_is_better: bool
    baseline: float | None
    """The best baseline's value on test."""
    baseline_title: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A moment that all panels mark."""

    x: float
    text: str
    detail: str
    """Shown when the pointer is on the text."""
    dash: str = "dot"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where panels and x axes lie, in shares of the figure without its margins, and how high it is."""

    height: int
    panels: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
    """(from, to) in x and in y of each panel."""


def places(panels: Sequence[Panel], stacked: bool) -> Places:
    """Two columns side by side, or all panels below each other for a narrow page."""
    order = sorted(range(len(panels)), key=lambda at: (panels[at].row, panels[at].column))
    rows = {at: place if stacked else panels[at].row for place, at in enumerate(order)}
    count = max(rows.values()) + 1
    inner = count * (PANEL_HEIGHT + TITLE_HEIGHT)
    spans = {0: (0.0, 0.5 - COLUMN_GAP / 2), 1: (0.5 + COLUMN_GAP / 2, 1.0)}
    found = []
    for at, panel in enumerate(panels):
        bottom = (count - 1 - rows[at]) * (PANEL_HEIGHT + TITLE_HEIGHT) / inner
        span = (0.0, 1.0) if stacked else spans[panel.column]
        found.append((span, (bottom, bottom + PANEL_HEIGHT / inner)))
    return Places(height=inner + FOOT_HEIGHT, panels=tuple(found))


def panel_figure(
    panels: Sequence[Panel], *, x_title: str, marks: Sequence[Mark], dark: bool
) -> tuple[Figure, dict[str, Any]]:
    """The figure of all panels, and the layout values that differ on a narrow page."""
    data = []
    for number, panel in enumerate(panels, 1):
        axes = {"xaxis": _axis("x", panel.column + 1), "yaxis": _axis("y", number)}
        data += [{**trace, **axes} for trace in panel.traces]
    wide = _layout(panels, places(panels, stacked=False), x_title, marks, dark, stacked=False)
    narrow = _layout(panels, places(panels, stacked=True), x_title, marks, dark, stacked=True)
    common = {
        "template": template(dark).to_plotly_json(),
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "margin": {"l": 0, "r": 0, "t": 0, "b": FOOT_HEIGHT},
    }
    return {"data": data, "layout": {**common, **wide}}, narrow


def _layout(
    panels: Sequence[Panel], where: Places, x_title: str, marks: Sequence[Mark], dark: bool, stacked: bool
) -> dict[str, Any]:
    """Axes, titles and marks for one way of placing the panels."""
    shades = SHADES[dark]
    layout: dict[str, Any] = {"height": where.height, "annotations": [], "shapes": []}
    columns = sorted({panel.column for panel in panels})
    for column in columns:
        members = [at for at, panel in enumerate(panels) if panel.column == column]
        lowest = min(members, key=lambda at: where.panels[at][1][0])
        bottom_of_all = where.panels[lowest][1][0] == 0
        layout[f"xaxis{_number(column + 1)}"] = {
            "domain": list(where.panels[lowest][0]),
            "anchor": _axis("y", lowest + 1),
            "title": {"text": x_title if bottom_of_all else ""},
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikedash": "solid",
            "spikecolor": shades.quiet_text,
            "showticklabels": bottom_of_all,
            "showgrid": False,
            **({"matches": "x"} if column else {}),
        }
    for at, panel in enumerate(panels):
        (left, _right), (bottom, top) = where.panels[at]
        layout[f"yaxis{_number(at + 1)}"] = {
            "domain": [bottom, top],
            "anchor": _axis("x", panel.column + 1),
            "nticks": 4,
            "type": "log" if panel.log_y else "linear",
            "rangemode": "tozero" if panel.y_from_zero else "normal",
            "automargin": False if stacked else "width",
            "ticklabelposition": "inside top",
            "ticklabelstandoff": 0,
            "showline": False,
        }
        layout["annotations"].append(
            {
                "text": panel.title, "x": left, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left",
                "yanchor": "bottom", "yshift": 5, "showarrow": False,
                "font": {"color": shades.text, "size": 13},
            }
        )  # fmt: skip
    for mark in marks:
        for column in [0] if stacked else columns:
            layout["shapes"].append(
                {
                    "type": "line", "xref": _axis("x", column + 1), "x0": mark.x, "x1": mark.x,
                    "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
                    "line": {"color": shades.quiet_text, "width": 1, "dash": mark.dash},
                }
            )  # fmt: skip
            layout["annotations"].append(
                {
                    "text": mark.text, "hovertext": mark.detail, "x": mark.x, "xref": _axis("x", column + 1),
                    "y": 0, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "xshift": 3,
                    "showarrow": False, "font": {"size": 11},
                }
            )  # fmt: skip
    return layout


def _axis(letter: str, number: int) -> str:
    """x, x2, x3, ... as traces name axes."""
    return f"{letter}{_number(number)}"


def _number(number: int) -> str:
    return "" if number == 1 else str(number)
