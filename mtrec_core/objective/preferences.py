"""Preferences: what the tasks are worth to each other, as shares of 1. No torch here."""

from collections.abc import Mapping, Sequence

from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.weightings import weighting_choice


def shares_of(values: Mapping[str, float]) -> dict[str, float]:
    """Scaled to a sum of 1; all alike where all are 0."""
    total = sum(values.values())
    return {task: value / total if total else 1 / len(values) for task, value in values.items()}


def wanted_preference(
    settings: ObjectiveSettings, weights: Mapping[str, float], tasks: Sequence[str]
) -> dict[str, float]:
    """What a model that reads a preference is asked for when it is not trained: the run's task weights. Empty
    for a run whose model reads none, which is any with one task."""
    if len(tasks) < 2 or not weighting_choice(settings.weighting).reads_preference:
        return {}
    return shares_of({task: weights.get(task, 1.0) for task in tasks})
