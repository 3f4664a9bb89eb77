"""Which step is best, and when to end early; on validation only. No torch here."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import SettingError
from mtrec_core.evaluation.metric_table import METRICS

TaskMetrics = Mapping[str, Mapping[str, float]]

SMALLEST = 1e-4
"""A headline metric below it counts as this much: 0 has no ratio."""


@dataclass(kw_only=True)
class Selection:
    """Follows the monitored quantity over the validations of a run.

    `mean_gain` is the geometric mean over tasks of m / m_1, less 1, for the headline metric m (m_1 / m where
    lower is better), and m_1 its value at the first validation. So of two steps the one is better whose
    metrics are the better ones by their mean ratio, however low a task began: an arithmetic mean would listen
    only to a task whose metric rose a hundredfold in the first pass. `TASK/METRIC` is that metric, its sign
    turned where lower is better.
    """

    monitor: str
    patience: int
    kinds: dict[str, str]
    """Task -> kind."""
    first: dict[str, float] = field(default_factory=dict)
    best: float | None = None
    best_step: int = 0
    since_best: int = 0

    def __post_init__(self) -> None:
        if self.monitor == "mean_gain":
            return
        task, metric = self.monitor.split("/")
        if task not in self.kinds:
            raise SettingError(f"training.monitor names task '{task}'; the run has {', '.join(self.kinds)}.")
        if metric not in METRICS or self.kinds[task] not in METRICS[metric].kinds:
            fitting = [name for name, row in METRICS.items() if self.kinds[task] in row.kinds]
            raise SettingError(
                f"training.monitor names metric '{metric}'; task {task} has {', '.join(fitting)}."
            )

    def value(self, metrics: TaskMetrics) -> float:
        """The monitored quantity, higher being better; -inf when it can't be computed."""
        if self.monitor != "mean_gain":
            task, metric = self.monitor.split("/")
            found = metrics.get(task, {}).get(metric)
            if found is None:
                return float("-inf")
            return found if METRICS[metric].higher_is_better else -found
        gains = []
        for task, kind in self.kinds.items():
            headline = TASK_KINDS[kind].headline
            now = metrics.get(task, {}).get(headline)
            if now is None:
                continue
            start = self.first.setdefault(task, now)
            gain = math.log(max(now, SMALLEST) / max(start, SMALLEST))
            gains.append(gain if TASK_KINDS[kind].higher_is_better else -gain)
        return math.expm1(sum(gains) / len(gains)) if gains else float("-inf")

    def see(self, step: int, metrics: TaskMetrics) -> tuple[float, bool]:
        """Takes a validation; the monitored value, and whether it is a new best."""
        value = self.value(metrics)
        is_best = self.best is None or value > self.best
        if is_best:
            self.best, self.best_step, self.since_best = value, step, 0
        else:
            self.since_best += 1
        return value, is_best

    @property
    def is_over(self) -> bool:
        """Whether `patience` validations brought no new best."""
        return bool(self.patience) and self.since_best >= self.patience

    @property
    def patience_left(self) -> int | None:
        """Further validations without a new best after which `is_over`; None where it never is."""
        return max(0, self.patience - self.since_best) if self.patience else None

    def state(self) -> dict[str, Any]:
        """What a resumed run needs."""
        return {
            "first": self.first,
            "best": self.best,
            "best_step": self.best_step,
            "since_best": self.since_best,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from what `state` gave."""
        self.first = dict(state["first"])
        self.best, self.best_step, self.since_best = state["best"], state["best_step"], state["since_best"]
