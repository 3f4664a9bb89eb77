"""One palette for every chart: a task always has its colour, a run always its colour and dash. No torch here.

The eight colours were chosen by a search for sets whose nearest two lie far apart (in OKLab) for everyone
and for those who lack one kind of cone; a test measures it, and that they show on their page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LIGHT = ("#3F6E9C", "#BD8130", "#4B916E", "#BA137B", "#5194D5", "#6E6F2B", "#423E9D", "#FB4D79")
"""On a white page."""
DARK = ("#5480C7", "#E3B831", "#62A884", "#F383BB", "#86D1F5", "#D4EA8D", "#B58EF6", "#F86F3C")
"""Much the same hues on a dark page."""
DASHES = ("solid", "dash", "dot", "dashdot")
QUIET = {False: "#7C8694", True: "#7C8798"}
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
