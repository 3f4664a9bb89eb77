"""Long curves as few points that look the same. No torch here."""

from dataclasses import dataclass

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler


@dataclass(frozen=True, kw_only=True)
class Thinned:
    """A curve ready to be drawn."""

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None
    """The lowest value of the points that each kept point stands for; None when all points were kept."""
    high: np.ndarray | None


def thin(steps: np.ndarray, values: np.ndarray, most: int = 3000) -> Thinned:
    """At most `most` points of a curve, chosen by MinMaxLTTB; `steps` rise and count as evenly spaced.

    Values that are not finite are gaps, which are kept only while nothing has to be left out.

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
    kept = MinMaxLTTBDownsampler().downsample(y, n_out=most).astype(np.int64)
    # Each kept point stands for what lies between the midpoints to its neighbours.
    starts = np.concatenate([[0], (kept[:-1] + kept[1:]) // 2 + 1])
    return Thinned(
        x=x[kept], y=y[kept], low=np.minimum.reduceat(y, starts), high=np.maximum.reduceat(y, starts)
    )
