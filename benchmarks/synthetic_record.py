"""What the synthetic tasks leave behind, and what follows from it. No torch here."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.machine import Machine
from mtrec_core.evaluation.compare import Spread, mean_and_spread

CORRELATIONS = (1.0, 0.9, 0.5, 0.0)
"""Cosines of the tasks' directions, from the same task twice to strangers."""


@dataclass(frozen=True, kw_only=True)
class StructureErrors:
    """One sharing structure on all tasks."""

    width: int
    """`model.width` with which it comes nearest to the budget."""
    options: Mapping[str, int]
    """Other settings of the model that count for it."""
    parameters: int
    errors: Mapping[str, tuple[float, ...]]
    """Correlation, such as "0.9" -> error per seed: mean square distance to the labels without noise on test
    rows, as a share of the labels' variance, mean of both tasks."""

    def at(self, correlation: float) -> Spread:
        """Mean and spread over the seeds."""
        return mean_and_spread(self.errors[f"{correlation:g}"])

    def growth(self) -> tuple[float, ...]:
        """Per seed: the error at the lowest correlation over that at the highest."""
        order = sorted(self.errors, key=float)
        return tuple(
            low / high for low, high in zip(self.errors[order[0]], self.errors[order[-1]], strict=True)
        )


@dataclass(frozen=True, kw_only=True)
class SyntheticRecord:
    """All structures on tasks of each correlation."""

    command: str
    made: str
    """Day, such as 2026-01-31."""
    machine: Machine
    budget: int
    """Parameters that each structure may have, with its input layer and heads."""
    features: int
    steps: int
    batch_size: int
    seeds: int
    structures: Mapping[str, StructureErrors]
    """Key of the table of sharing structures -> errors."""

    def expectation_holds(self) -> bool:
        """Whether in each seed the shared bottom got worse from the highest correlation to the lowest, and
        by a larger factor than the mixture of experts."""
        bottom, mixture = self.structures["shared_bottom"].growth(), self.structures["mmoe"].growth()
        return all(one > 1 and one > other for one, other in zip(bottom, mixture, strict=True))

    def to_json(self) -> dict[str, Any]:
        """Plain dicts."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "SyntheticRecord":
        """The record that `to_json` wrote."""
        structures = {key: _structure(part) for key, part in content["structures"].items()}
        return SyntheticRecord(
            **{**content, "machine": Machine(**content["machine"]), "structures": structures}
        )


def _structure(content: Mapping[str, Any]) -> StructureErrors:
    errors = {correlation: tuple(found) for correlation, found in content["errors"].items()}
    return StructureErrors(**{**content, "errors": errors})
