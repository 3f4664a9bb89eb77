"""How task losses are weighed into one. A row of the table is a weighting; the step asks it for the
weights. No torch here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mtrec_core.settings import unknown_name


class Weighting(Protocol):
    """Weights for the tasks of one step."""

    weights: dict[str, float]
    """The user's; whoever replaces them while a run goes on changes the steps from then on."""

    def __call__(self, losses: Mapping[str, float]) -> dict[str, float]:
        """Task -> weight, for the tasks that have a loss in this step."""
        ...


class FixedWeighting:
    """The user's weights: L = sum_k w_k L_k."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = dict(weights)

    def __call__(self, losses: Mapping[str, float]) -> dict[str, float]:
        """The given weight of each task, 1 where none was given."""
        return {task: self.weights.get(task, 1.0) for task in losses}


class EqualWeighting:
    """Every task counts 1, whatever weights the user gave: L = sum_k L_k."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = dict(weights)

    def __call__(self, losses: Mapping[str, float]) -> dict[str, float]:
        """1 for each task."""
        return dict.fromkeys(losses, 1.0)


@dataclass(frozen=True, kw_only=True)
class WeightingChoice:
    """One row of the table of weightings."""

    key: str
    title: str
    use: str
    """When to take it, in one sentence."""
    formula: str
    source: str
    build: Callable[[Mapping[str, float]], Weighting]
    takes_weights: bool = True
    """Whether the user's weights count."""


WEIGHTINGS: dict[str, WeightingChoice] = {
    choice.key: choice
    for choice in (
        WeightingChoice(
            key="fixed",
            title="The given weights",
            use="You know what each task is worth, or want to try out a trade-off.",
            formula="sum_k w_k L_k",
            source="-",
            build=FixedWeighting,
        ),
        WeightingChoice(
            key="equal",
            title="All alike",
            use="The yardstick for every other choice: each task counts 1, whatever the sliders say.",
            formula="sum_k L_k",
            source="-",
            build=EqualWeighting,
            takes_weights=False,
        ),
    )
}


def build_weighting(key: str, weights: Mapping[str, float]) -> Weighting:
    """The weighting of that key; SettingError lists the known ones."""
    if key not in WEIGHTINGS:
        raise unknown_name("value of objective.weighting", key, list(WEIGHTINGS))
    return WEIGHTINGS[key].build(weights)
