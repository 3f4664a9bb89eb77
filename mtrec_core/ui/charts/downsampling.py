"""Long curves as few points that look the same. No torch here."""

from dataclasses import dataclass

import numpy as np

PRESELECTED = 4
"""Points per kept point that the quick first pass leaves for the careful second one."""


@dataclass(frozen=True, kw_only=True)
class Thinned:
    """A curve ready to be drawn."""

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None
    """The lowest value of the points that each kept point stands for; None when all points were kept."""
    high: np.ndarray | None


def thin(steps: np.ndarray, values: np.ndarray, most: int = 3000) -> Thinned:
    """At most `most` points of a curve, chosen by MinMaxLTTB; `steps` rise. Values that are not finite are
    gaps, which are kept only while nothing has to be left out.

    Steinarsson, "Downsampling Time Series for Visual Representation", 2013; Van Der Donckt et al.,
    "MinMaxLTTB", 2023.
    """
    steps, values = np.asarray(steps), np.asarray(values, dtype=np.float64)
    if len(steps) <= most:
        return Thinned(x=steps, y=values, low=None, high=None)
    finite = np.isfinite(values)
    x, y = steps[finite], values[finite]
    if len(x) <= most:
        return Thinned(x=x, y=y, low=None, high=None)
    candidates = _extremes(y, most * PRESELECTED // 2)
    kept = candidates[_largest_triangles(x[candidates].astype(np.float64), y[candidates], most)]
    # Each kept point stands for what lies between the midpoints to its neighbours.
    starts = np.concatenate([[0], (kept[:-1] + kept[1:]) // 2 + 1])
    return Thinned(
        x=x[kept], y=y[kept], low=np.minimum.reduceat(y, starts), high=np.maximum.reduceat(y, starts)
    )


def _extremes(y: np.ndarray, buckets: int) -> np.ndarray:
    """Places of the lowest and the highest value of each bucket, and of both ends; rising."""
    if len(y) <= 2 * buckets:
        return np.arange(len(y))
    edges = np.linspace(0, len(y), buckets + 1).astype(np.int64)
    places = [np.array([0, len(y) - 1])]
    width = int(np.diff(edges).max())
    # Buckets side by side as the rows of a table, the last column repeated where a bucket is shorter.
    table = np.minimum(edges[:-1, None] + np.arange(width), edges[1:, None] - 1)
    rows = np.arange(buckets)
    places += [table[rows, y[table].argmin(axis=1)], table[rows, y[table].argmax(axis=1)]]
    return np.unique(np.concatenate(places))


def _largest_triangles(x: np.ndarray, y: np.ndarray, most: int) -> np.ndarray:
    """LTTB: of each bucket the point that spans the largest triangle with the one kept before and the mean of
    the next."""
    if len(x) <= most:
        return np.arange(len(x))
    edges = np.linspace(1, len(x) - 1, most - 1).astype(np.int64)
    widths = np.diff(edges)
    mean_x = np.append(np.add.reduceat(x, edges[:-1])[: len(widths)] / widths, x[-1])
    mean_y = np.append(np.add.reduceat(y, edges[:-1])[: len(widths)] / widths, y[-1])
    # reduceat sums the last bucket up to the array's end, which holds the last point as well.
    mean_x[-2] = x[edges[-2] : edges[-1]].mean()
    mean_y[-2] = y[edges[-2] : edges[-1]].mean()
    kept = np.empty(most, dtype=np.int64)
    kept[0], kept[-1] = 0, len(x) - 1
    before = 0
    for bucket in range(most - 2):
        start, end = edges[bucket], edges[bucket + 1]
        area = np.abs(
            (x[before] - mean_x[bucket + 1]) * (y[start:end] - y[before])
            - (x[before] - x[start:end]) * (mean_y[bucket + 1] - y[before])
        )
        before = start + int(area.argmax())
        kept[bucket + 1] = before
    return kept
