"""Short series that describe long columns: quantiles, histograms, rows over time, the tail. No torch here.

Each is bounded (MOST_POINTS), whatever the table's size. Shape suffixes: R = rows, N = things.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

MOST_POINTS = 100
MOST_CLASSES = 30
MOST_BARS = 20
MOST_DISTINCT_NUMBERS = 30
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
THURSDAY_TO_MONDAY = np.timedelta64(3, "D")
"""NumPy's weeks begin on a Thursday, as 1970 did."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Where numbers lie."""

    mean: float
    quantiles: tuple[float, ...]
    """At QUANTILES, the least and the greatest included."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a histogram, or one class."""

    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What happened from one point in time to the next."""

    start: str
    """ISO date, or the number of a mere order."""
    rows: int
    mean: float | None
    """Mean label of yes/no tasks and of numbers; None without a label."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Rows over time."""

    unit: str
    """day, week, month, year, or step for times that are no dates."""
    moments: tuple[Moment, ...]


@dataclass(frozen=True, kw_only=True)
class LongTail:
    """How events are spread over things."""

    entity: str
    things: int
    """Things with at least one event."""
    top_1: float
    """Share of the events that the most popular hundredth of these things has (at least one thing)."""
    top_10: float
    """Share of the events of the most popular tenth."""
    curve: tuple[tuple[float, float], ...]
    """(share of the things, most popular first; share of the events), ascending to (1, 1)."""


def spread(values: np.ndarray) -> Spread | None:
    """Mean and quantiles of the values that are there; None if none is."""
    known = values[np.isfinite(values)].astype(np.float64)
    if len(known) == 0:
        return None
    quantiles = np.quantile(known, QUANTILES)
    return Spread(mean=float(known.mean()), quantiles=tuple(float(value) for value in quantiles))


def histogram(values: np.ndarray) -> tuple[Bar, ...]:
    """Counts per value where these are few, else per interval of equal width."""
    known = values[np.isfinite(values)].astype(np.float64)
    distinct, counts = np.unique(known, return_counts=True)
    if len(distinct) <= MOST_DISTINCT_NUMBERS:
        pairs = zip(distinct.tolist(), counts.tolist(), strict=True)
        return tuple(Bar(label=f"{value:g}", count=count) for value, count in pairs)
    counts, edges = np.histogram(known, bins=MOST_BARS)
    names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
    return tuple(Bar(label=name, count=int(count)) for name, count in zip(names, counts, strict=True))


def class_bars(names: tuple[str, ...], counts: np.ndarray) -> tuple[Bar, ...]:
    """The most frequent classes, and one bar for all the others."""
    order = np.argsort(-counts, kind="stable")
    bars = [Bar(label=names[code], count=int(counts[code])) for code in order[:MOST_CLASSES]]
    others = order[MOST_CLASSES:]
    if len(others):
        bars.append(Bar(label=f"{len(others):,} others", count=int(counts[others].sum())))
    return tuple(bars)


def activity(time_R: np.ndarray, unit: int | None, label_R: np.ndarray | None) -> Activity | None:
    """Rows per day, week, month or year: the finest of these that gives at most MOST_POINTS points.

    `unit` is the number of nanoseconds in a step of `time_R`, None for times that are no dates. Of more than
    MOST_POINTS years the last are shown. None without rows.
    """
    if len(time_R) == 0:
        return None
    if unit is None:
        return _steps(time_R, label_R)
    moments = (time_R * unit).astype("datetime64[ns]").astype("datetime64[D]")
    name, bins = next(
        ((name, bins) for name, bins in _calendars(moments) if len(bins) and _width(bins) <= MOST_POINTS),
        ("year", moments.astype("datetime64[Y]")),
    )
    first = max(bins.min(), bins.max() - (MOST_POINTS - 1))
    shown = bins >= first
    place = (bins[shown] - first).astype(np.int64)
    starts = [str(_first_day(first + step)) for step in range(int(place.max()) + 1)]
    return Activity(unit=name, moments=_count(place, starts, None if label_R is None else label_R[shown]))


def _calendars(moments: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The days, weeks (from Monday), months and years in which the moments lie."""
    yield "day", moments
    yield "week", (moments + THURSDAY_TO_MONDAY).astype("datetime64[W]")
    yield "month", moments.astype("datetime64[M]")
    yield "year", moments.astype("datetime64[Y]")


def _width(bins: np.ndarray) -> int:
    return int((bins.max() - bins.min()).astype(np.int64)) + 1


def _first_day(start: np.datetime64) -> np.datetime64:
    day = start.astype("datetime64[D]")
    is_week = np.datetime_data(start.dtype)[0] == "W"
    return day - THURSDAY_TO_MONDAY if is_week else day


def _steps(time_R: np.ndarray, label_R: np.ndarray | None) -> Activity:
    low, high = int(time_R.min()), int(time_R.max())
    width = (high - low) // MOST_POINTS + 1
    place = (time_R - low) // width
    starts = [str(low + step * width) for step in range(int(place.max()) + 1)]
    return Activity(unit="step", moments=_count(place, starts, label_R))


def _count(place: np.ndarray, starts: list[str], label_R: np.ndarray | None) -> tuple[Moment, ...]:
    rows = np.bincount(place, minlength=len(starts))
    means: list[float | None] = [None] * len(starts)
    if label_R is not None:
        known = np.isfinite(label_R)
        counts = np.bincount(place[known], minlength=len(starts))
        sums = np.bincount(place[known], weights=label_R[known], minlength=len(starts))
        means = [float(total / count) if count else None for total, count in zip(sums, counts, strict=True)]
    return tuple(
        Moment(start=start, rows=int(count), mean=mean)
        for start, count, mean in zip(starts, rows, means, strict=True)
    )


def long_tail(entity: str, codes_R: np.ndarray) -> LongTail | None:
    """How the rows are spread over the things that their codes name; None without rows."""
    counts = np.bincount(codes_R) if len(codes_R) else np.zeros(0, np.int64)
    counts = np.sort(counts[counts > 0])[::-1]
    if len(counts) == 0:
        return None
    shares = np.cumsum(counts) / counts.sum()
    places = np.unique(np.linspace(1, len(counts), min(MOST_POINTS, len(counts))).round().astype(np.int64))
    return LongTail(
        entity=entity,
        things=len(counts),
        top_1=float(shares[_top(len(counts), 100) - 1]),
        top_10=float(shares[_top(len(counts), 10) - 1]),
        curve=tuple((float(place / len(counts)), float(shares[place - 1])) for place in places),
    )


def _top(count: int, part: int) -> int:
    """How many things a hundredth or a tenth is: at least one, else rounded up."""
    return max(1, -(-count // part))
