"""Runs side by side: mean and spread over seeds, relative gain. No torch here.

Results are `task -> metric -> value` of one run on one split; all functions give values or rows, none prints.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mtrec_core.evaluation.metric_table import METRICS

Results = Mapping[str, Mapping[str, float]]
"""Task -> metric -> value."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Several runs of the same thing with other seeds."""

    mean: float
    deviation: float | None
    """Sample standard deviation (n - 1 below the line); None for one run."""
    count: int

    def text(self, digits: int = 4) -> str:
        """Such as `0.0512 ± 0.0008 (n=3)`; a single run has no spread and says so by its lack."""
        if self.deviation is None:
            return f"{self.mean:.{digits}f}"
        return f"{self.mean:.{digits}f} ± {self.deviation:.{digits}f} (n={self.count})"


def mean_and_spread(values: Sequence[float]) -> Spread:
    """Mean and sample standard deviation of a metric over seeds."""
    if not values:
        raise ValueError("There are no values to take the mean of.")
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return Spread(mean=mean, deviation=None, count=1)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return Spread(mean=mean, deviation=math.sqrt(squares / (len(values) - 1)), count=len(values))


def over_seeds(runs: Sequence[Results]) -> dict[str, dict[str, Spread]]:
    """Task -> metric -> mean and spread over runs; a metric that some run lacks says so by its count."""
    gathered: dict[str, dict[str, list[float]]] = {}
    for results in runs:
        for task, metrics in results.items():
            for metric, value in metrics.items():
                gathered.setdefault(task, {}).setdefault(metric, []).append(value)
    return {
        task: {metric: mean_and_spread(values) for metric, values in metrics.items()}
        for task, metrics in gathered.items()
    }


def gain(metric: str, value: float, base: float) -> float | None:
    """Relative gain over `base`, positive where `value` is better; None where the base is 0.

    (-1)^l (value - base) / |base| with l = 1 where less is better.
    """
    if base == 0:
        return None
    sign = 1 if METRICS[metric].higher_is_better else -1
    return sign * (value - base) / abs(base)


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """One metric of one task in several runs."""

    task: str
    metric: str
    values: dict[str, float | None]
    """Run -> value; None where the run has none."""
    best: str | None
    """The run with the best value; None where runs tie or fewer than two have a value."""


def side_by_side(runs: Mapping[str, Results], metrics: Sequence[str] = ()) -> list[SideBySide]:
    """A row per task and metric that some run has: tasks in their order in the runs, metrics in METRICS'.

    `metrics` keeps only those.
    """
    tasks = dict.fromkeys(task for results in runs.values() for task in results)
    rows = []
    for task in tasks:
        for metric in METRICS:
            values = {run: results.get(task, {}).get(metric) for run, results in runs.items()}
            if any(value is not None for value in values.values()) and (not metrics or metric in metrics):
                rows.append(SideBySide(task=task, metric=metric, values=values, best=_best(metric, values)))
    return rows


def _best(metric: str, values: Mapping[str, float | None]) -> str | None:
    sign = 1 if METRICS[metric].higher_is_better else -1
    known = sorted(((sign * value, run) for run, value in values.items() if value is not None), reverse=True)
    return known[0][1] if len(known) > 1 and known[0][0] > known[1][0] else None
