"""Relative gains with their intervals, and their mean over tasks, Delta-m. No torch here.

    gain_t = (-1)^l (a - b) / |b|,  l = 1 where less of the metric is better
    Delta-m = mean of gain_t over the tasks t  (Maninis, Radosavovic & Kokkinos, CVPR 2019)

Shape suffixes: S = draws of users.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtrec_core.evaluation.compare import gain
from mtrec_core.evaluation.draws import Drawn, difference
from mtrec_core.evaluation.metric_table import METRICS


@dataclass(frozen=True, kw_only=True)
class Gained:
    """A relative gain, or a mean of some, and what it is under each draw of users."""

    value: float
    draws_S: np.ndarray
    """float64 [S]; NaN in draws where it is undefined."""

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The percentile interval over draws of users."""
        tail = (1 - level) / 2
        low, high = np.nanquantile(self.draws_S, [tail, 1 - tail])
        return float(low), float(high)


def relative_gain(a: Drawn, b: Drawn) -> Gained | None:
    """By how much `a` is better than `b`, as a share of b, under the same draws; None where b is 0.

    Numerator and denominator are both drawn, so that the interval knows that b is uncertain too. UserError
    when the two were judged on different rows.
    """
    difference(a, b)  # refuses other rows
    value = gain(a.metric, a.value, b.value)
    if value is None:
        return None
    sign = 1 if METRICS[a.metric].higher_is_better else -1
    base_S = np.where(b.draws_S == 0, np.nan, np.abs(b.draws_S))
    return Gained(value=value, draws_S=sign * (a.draws_S - b.draws_S) / base_S)


def delta_m(gains: Sequence[float | None]) -> float | None:
    """The mean of the tasks' gains; a task without one is left out. None where none has one."""
    known = [value for value in gains if value is not None]
    return math.fsum(known) / len(known) if known else None


def delta_m_drawn(gains: Sequence[Gained]) -> Gained:
    """Delta-m draw by draw; ValueError without a task.

    Tasks that count the same users meet the same draws; those of other users meet draws of their own, which
    are put together in their order.
    """
    if not gains:
        raise ValueError("Delta-m is a mean over tasks, and there are none.")
    return Gained(
        value=math.fsum(one.value for one in gains) / len(gains),
        draws_S=np.mean([one.draws_S for one in gains], axis=0),
    )
