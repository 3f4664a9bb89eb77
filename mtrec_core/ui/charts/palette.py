"""One palette for every chart: a task always has its colour, a run always its colour and dash. No torch here.

The eight colours (after Okabe and Ito, "Color Universal Design", 2008, made darker or lighter for the page
they stand on) stay apart for people who don't tell red from green or blue from yellow; a test measures it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LIGHT = ("#0072B2", "#C9720A", "#007F5F", "#B5387E", "#3AA2DC", "#8A6D00", "#5B4BB5", "#D14A1F")
"""On a white page."""
DARK = ("#4AA8E8", "#F0A53C", "#2FC79B", "#F08CC4", "#8FD3F7", "#E3CF55", "#A99CF5", "#FF7F57")
"""The same hues on a dark page."""
DASHES = ("solid", "dash", "dot", "dashdot")
QUIET = {False: "#8A94A3", True: "#7C8798"}
"""Of what is no task and no run: baselines, totals."""


@dataclass(frozen=True, kw_only=True)
class RunStyle:
    """How a run's lines look, everywhere."""

    colour: str
    dash: str
    """plotly's name: solid, dash, dot, dashdot."""


def task_colour(name: str, all_names: Sequence[str], dark: bool = False) -> str:
    """A task's colour by its place among ALL tasks of the dataset, so that leaving one out recolours none."""
    colours = DARK if dark else LIGHT
    return colours[list(all_names).index(name) % len(colours)] if name in all_names else QUIET[dark]


def run_style(number: int, dark: bool = False) -> RunStyle:
    """A run's style by its number (#1, #2, ...): 32 styles before one comes again."""
    colours = DARK if dark else LIGHT
    place = max(number, 1) - 1
    return RunStyle(colour=colours[place % len(colours)], dash=DASHES[place // len(colours) % len(DASHES)])


def faint(colour: str, opacity: float) -> str:
    """A colour of the palette, let through: `rgba(...)` as plotly reads it."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
