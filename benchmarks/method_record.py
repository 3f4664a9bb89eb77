"""What a comparison of methods leaves behind, and which differences are more than chance. No torch here.

Shape suffix: S = seeds.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.machine import Machine
from mtrec_core.evaluation.compare import Spread, gain, mean_and_spread
from mtrec_core.evaluation.gains import delta_m

PLAIN = "weighting fixed"
"""What every method is set against."""
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class MethodRuns:
    """One method, a training per seed."""

    test: tuple[dict[str, float], ...]
    """Task -> headline metric on test, by seed; at the step that validation liked best."""
    seconds: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class MethodRecord:
    """All methods on one data set."""

    study: str
    title: str
    protocol: str
    command: str
    made: str
    machine: Machine
    settings: dict[str, Any]
    headlines: dict[str, str]
    """Task -> headline metric."""
    seeds: tuple[int, ...]
    methods: dict[str, MethodRuns]
    """`aggregation upgrad` -> its runs; a method that is not through yet has fewer than there are seeds."""

    def finished(self) -> dict[str, MethodRuns]:
        """Those with a run for each seed."""
        return {name: runs for name, runs in self.methods.items() if len(runs.test) == len(self.seeds)}

    def spread(self, name: str, task: str) -> Spread:
        """Mean and spread of a task's headline metric."""
        return mean_and_spread([test[task] for test in self.methods[name].test])

    def gains(self, name: str) -> list[float]:
        """Delta-m over plain training, by seed: the mean relative gain over the tasks."""
        found = []
        for own, plain in zip(self.methods[name].test, self.methods[PLAIN].test, strict=True):
            gains = [gain(metric, own[task], plain[task]) for task, metric in self.headlines.items()]
            found.append(delta_m(gains) or 0.0)
        return found

    def verdicts(self) -> dict[str, "Verdict"]:
        """What the seeds say of each method against plain training."""
        names = [name for name in self.finished() if name != PLAIN]
        values = [chance(self.gains(name)) for name in names]
        return {
            name: Verdict(gains=tuple(self.gains(name)), chance=value, corrected=corrected)
            for name, value, corrected in zip(names, values, holm(values), strict=True)
        }

    def to_json(self) -> dict[str, Any]:
        """Plain dicts."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "MethodRecord":
        """The record that `to_json` wrote."""
        methods = {
            name: MethodRuns(test=tuple(runs["test"]), seconds=tuple(runs["seconds"]))
            for name, runs in content["methods"].items()
        }
        kept = {**content, "machine": Machine(**content["machine"]), "seeds": tuple(content["seeds"])}
        return MethodRecord(**{**kept, "methods": methods})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A method against plain training, seed by seed."""

    gains: tuple[float, ...]
    chance: float
    """How likely so large a mean would be if there were no difference: paired t-test over the seeds."""
    corrected: float
    """The same with all methods of the table tested at once (Holm)."""

    @property
    def spread(self) -> Spread:
        """Mean and spread of Delta-m."""
        return mean_and_spread(list(self.gains))

    @property
    def agree(self) -> bool:
        """Whether all seeds point the same way."""
        return all(value > 0 for value in self.gains) or all(value < 0 for value in self.gains)

    @property
    def is_real(self) -> bool:
        """Whether the difference stands up to the number of methods that were tried."""
        return self.agree and self.corrected < LEVEL


def chance(gains: Sequence[float]) -> float:
    """Two-sided p of a paired t-test against 0; 1 where nothing differs, or with one seed."""
    gains_S = np.asarray(gains)
    if len(gains_S) < 2 or not gains_S.any():
        return 1.0
    if gains_S.std() == 0:
        return 0.0
    return float(stats.ttest_1samp(gains_S, 0.0).pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """p-values that allow for the number of tests (Holm, Scandinavian Journal of Statistics 1979)."""
    order = np.argsort(values)
    corrected = np.empty(len(values))
    highest = 0.0
    for place, at in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - place) * values[at]))
        corrected[at] = highest
    return corrected.tolist()
