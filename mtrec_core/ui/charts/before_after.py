"""What a value was and what it became: a panel per thing, a lane per series. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mtrec_core.ui.charts.palette import faint
from mtrec_core.ui.theme import SHADES, template

LANE = 20
"""Pixels between two lanes of a panel."""
TITLE = 28
"""Pixels between a panel and what stands above its title."""
AROUND = 70
"""Pixels that a panel takes beside its lanes: its title and the numbers of its axis."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One lane."""

    series: str
    """The legend's entry."""
    short: str
    """The tick of the lane."""
    colour: str
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class ChangePanel:
    """What changed of one thing."""

    title: str
    lanes: tuple[Change, ...]


def before_after(panels: Sequence[ChangePanel], dark: bool) -> go.Figure:
    """The figure: from a hollow dot to a full one. Panels differ in their unit, so each has its own axis."""
    heights = [LANE * len(panel.lanes) for panel in panels]
    height = sum(heights) + AROUND * len(panels)
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        row_heights=heights,
        vertical_spacing=AROUND / height if len(panels) > 1 else 0.0,
        subplot_titles=[f"<b>{panel.title}</b>" for panel in panels],
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": SHADES[dark].text})
    told: set[str] = set()
    for place, panel in enumerate(panels, start=1):
        for lane, change in enumerate(panel.lanes):
            figure.add_trace(_lane(change, lane, change.series not in told, dark), row=place, col=1)
            told.add(change.series)
        figure.update_xaxes(row=place, col=1, rangemode="tozero")  # a small change shall look small
        figure.update_yaxes(
            row=place,
            col=1,
            tickmode="array",
            tickvals=list(range(len(panel.lanes))),
            ticktext=[change.short for change in panel.lanes],
            range=[len(panel.lanes) - 0.5, -0.5],
            showgrid=False,
            fixedrange=True,
        )
    top, bottom = (78 if len(told) > 1 else 32), 8
    figure.update_layout(
        template=template(dark),
        height=height + top + bottom,
        showlegend=len(told) > 1,
        legend={"y": 1 + TITLE / height},
        hovermode="closest",
        margin={"t": top, "b": bottom, "l": 8, "r": 16},
    )
    return figure


def _lane(change: Change, lane: int, in_legend: bool, dark: bool) -> go.Scatter:
    return go.Scatter(
        x=[change.after, change.before],  # the legend shows the first one's dot
        y=[lane, lane],
        mode="lines+markers",
        name=change.series,
        legendgroup=change.series,
        showlegend=in_legend,
        line={"color": faint(change.colour, 0.6), "width": 3},
        marker={
            "size": 11,
            "color": [change.colour, SHADES[dark].page],
            "line": {"width": 2, "color": change.colour},
            "opacity": 1,
        },
        customdata=[[change.series, change.before, change.after]] * 2,
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]:.4f} → %{customdata[2]:.4f}<extra></extra>",
    )
