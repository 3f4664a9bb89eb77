"""Numbers, durations and moments as pages write them: aligned, with their unit. No torch here."""

import math
from datetime import datetime

NOTHING = "–"
"""Stands where there is no value (yet)."""

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")
_THIN = "\u202f"
"""Narrow no-break space between thousands and before units."""


def metric(value: float | None, digits: int = 4) -> str:
    """0.8312; a large number keeps as many digits in all; – for none or NaN."""
    if value is None or not math.isfinite(value):
        return NOTHING
    before = len(str(int(abs(value)))) - 1
    return f"{value:.{max(0, digits - before)}f}"


def difference(value: float | None, digits: int = 4) -> str:
    """+0.0120 or −0.0120, with a real minus sign; ±0.0000 where it rounds to nothing."""
    if value is None or not math.isfinite(value):
        return NOTHING
    sign = "±" if not round(abs(value), digits) else "−" if value < 0 else "+"
    return f"{sign}{metric(abs(value), digits)}"


def small(value: float | None) -> str:
    """A learning rate or the like: 0.002, 2.0e-05."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:.1e}" if value and abs(value) < 1e-3 else f"{value:.4g}"


def whole(value: float | None) -> str:
    """12 345 with narrow spaces."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{round(value):,}".replace(",", _THIN)


def rows(value: float | None, per_second: bool = False) -> str:
    """812 rows, 12.4 k rows, 1.2 M rows/s"""
    if value is None or not math.isfinite(value):
        return NOTHING
    unit = "rows/s" if per_second else "rows"
    if value >= 1e6:
        return f"{value / 1e6:.1f}{_THIN}M {unit}"
    if value >= 1e4:
        return f"{value / 1e3:.1f}{_THIN}k {unit}"
    return f"{whole(value)} {unit}"


def size(value: float | None) -> str:
    """1.4 GiB"""
    if value is None or not math.isfinite(value):
        return NOTHING
    for name in _SIZES:
        if abs(value) < 1024 or name == _SIZES[-1]:
            return f"{value:.0f} {name}" if name == "B" else f"{value:.1f} {name}"
        value /= 1024
    raise AssertionError("unreachable")


def share(value: float | None, digits: int = 0) -> str:
    """42 % of a number between 0 and 1; < 1 % where more than nothing would round to 0."""
    if value is None or not math.isfinite(value):
        return NOTHING
    least = 10.0**-digits
    if 0 < 100 * value < least / 2:
        return f"<{_THIN}{least:g}{_THIN}%"
    return f"{100 * value:.{digits}f}{_THIN}%"


def seconds(value: float | None) -> str:
    """0.4 s, 42 s, 3 min 5 s, 2 h 10 min, 3 d 4 h"""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value < 10:
        return f"{max(value, 0):.1f} s"
    whole_seconds = round(value)
    if whole_seconds < 60:
        return f"{whole_seconds} s"
    minutes, rest = divmod(whole_seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def moment(value: datetime | None) -> str:
    """2026-03-04 15:06 in the zone of the server."""
    return NOTHING if value is None else value.astimezone().strftime("%Y-%m-%d %H:%M")
