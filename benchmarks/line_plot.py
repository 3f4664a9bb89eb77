"""A line chart with bars of spread as a plain SVG, for the documents. No torch here.

Written by hand: turning a plotly figure into a picture would need a browser.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from mtrec_core.ui.charts.palette import LIGHT

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 76, 590, 24, 340
INK, GRID = "#334155", "#E2E8F0"
DASHES = ("", "7 4", "2 4", "9 3 2 3")
STEPS = 5
APART = 5
"""Pixels between the bars of neighbouring lines at the same x."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: a value and its spread per x."""

    values: Sequence[float]
    spreads: Sequence[float]
    """Half the length of the bar."""


def line_plot(
    title: str,
    x_title: str,
    y_title: str,
    x: Sequence[float],
    lines: Mapping[str, Line],
    x_reversed: bool = False,
) -> str:
    """The SVG; y begins at 0. `x_reversed` puts the largest x to the left."""
    top = max(
        value + spread
        for line in lines.values()
        for value, spread in zip(line.values, line.spreads, strict=True)
    )
    top = _round_up(top)
    low, high = (max(x), min(x)) if x_reversed else (min(x), max(x))

    def across(value: float) -> float:
        return LEFT + 30 + (value - low) / (high - low) * (RIGHT - LEFT - 60)

    def up(value: float) -> float:
        return BOTTOM - value / top * (BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for step in range(STEPS + 1):
        value = top * step / STEPS
        y = up(value)
        parts.append(f'<path d="M{LEFT} {y:.1f} H{RIGHT}" stroke="{GRID if step else INK}"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{value:.3g}", "end"))
    parts += [_text(across(value), BOTTOM + 20, f"{value:g}", "middle") for value in x]
    parts.append(_text((LEFT + RIGHT) / 2, BOTTOM + 44, x_title, "middle"))
    middle = (TOP + BOTTOM) / 2
    parts.append(_text(18, middle, y_title, "middle", f' transform="rotate(-90 18 {middle:.1f})"'))
    labels = _spaced({name: up(line.values[-1]) for name, line in lines.items()})
    for place, (name, line) in enumerate(lines.items()):
        colour, dash = LIGHT[place % len(LIGHT)], DASHES[place % len(DASHES)]
        shift = (place - (len(lines) - 1) / 2) * APART
        points = [(across(at) + shift, up(value)) for at, value in zip(x, line.values, strict=True)]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>')
        for (px, py), value, spread in zip(points, line.values, line.spreads, strict=True):
            ends = f"M{px:.1f} {up(max(0.0, value - spread)):.1f} V{up(value + spread):.1f}"
            parts.append(f'<path d="{ends}" stroke="{colour}" stroke-width="1.2"/>')
            parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{colour}"/>')
        parts.append(_text(RIGHT + 6, labels[name] + 4, name, "start", f' style="fill:{colour}"'))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(x: float, y: float, words: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{more}>{escape(words)}</text>'


def _round_up(value: float) -> float:
    """The next value with one or two digits, so that the marks are round."""
    if value <= 0:
        return 1.0
    unit = 1.0
    while unit > value:
        unit /= 10
    while unit * 10 <= value:
        unit *= 10
    return next(step * unit for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * unit >= value)


def _spaced(heights: Mapping[str, float], apart: float = 16) -> dict[str, float]:
    """The same heights, moved down where two would lie over each other."""
    found: dict[str, float] = {}
    last = -apart
    for name in sorted(heights, key=heights.__getitem__):
        last = max(heights[name], last + apart)
        found[name] = last
    return found
