"""Sweeps: the same training under many task weights, evenly spread over the simplex. No torch here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import comb

from mtrec_core.config import RunConfig
from mtrec_core.errors import SettingError
from mtrec_core.jobs.plan import PlannedRun, for_tasks
from mtrec_core.objective.methods import deciding_method, setting_of

MOST_RUNS = 500
"""More in one sweep are a slip of the pen."""
DIGITS = 6


def simplex_weights(tasks: Sequence[str], points: int) -> list[dict[str, float]]:
    """Task weights on an even grid within the simplex, `points` along each side, scaled to a mean of 1.

    No weight is 0: without a task in the loss its part of the model learns nothing, and there would be no
    point to show. With 2 tasks and 3 points the shares are 1/4, 2/4, 3/4; the grid of K tasks divides each
    weight into points + K - 1 parts. A mean of 1 keeps the size of the loss, so that all points train at the
    same learning rate.
    """
    if points < 2 or len(tasks) < 2:
        raise SettingError(f"A sweep needs 2 points and 2 tasks or more; it has {points} and {len(tasks)}.")
    parts = points + len(tasks) - 1
    return [
        {task: round(len(tasks) * count / parts, DIGITS) for task, count in zip(tasks, counts, strict=True)}
        for counts in _divided(parts, len(tasks))
    ]


def sweep_plan(config: RunConfig, tasks: Sequence[str], points: int, seeds: int) -> list[PlannedRun]:
    """A run per seed and point; a whole seed before the next one begins. SettingError where weights count
    nothing, or where there would be more than MOST_RUNS runs."""
    method = deciding_method(config.objective.weighting, config.objective.aggregation)
    if not method.takes_weights:
        raise SettingError(
            f"Under {setting_of(method)}={method.key} weights change nothing, so there is nothing to sweep; "
            "take objective.weighting=fixed and objective.aggregation=sum."
        )
    if method.user_weights == "ask":
        raise SettingError(
            f"Under {setting_of(method)}={method.key} one model learns all trade-offs: train it once and ask "
            "it with `front`, or take objective.weighting=fixed for a sweep."
        )
    count = comb(points + len(tasks) - 2, len(tasks) - 1) * seeds
    if count > MOST_RUNS:
        raise SettingError(
            f"{points} points per side over {len(tasks)} tasks and {seeds} seeds are {count} runs; a sweep "
            f"has up to {MOST_RUNS}. Take fewer tasks with --tasks, or fewer points."
        )
    return [
        PlannedRun(
            config=replace(
                for_tasks(config, tasks, f"{config.name}: {_written(weights)}"),
                seed=seed,
                tasks=config.tasks,
                weights=weights,
            ),
            task=None,
        )
        for seed in range(config.seed, config.seed + seeds)
        for weights in simplex_weights(tasks, points)
    ]


def _written(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{task} {weight:.2f}" for task, weight in weights.items())


def _divided(whole: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to divide a number into so many, each 1 or more; the first part counts up."""
    if parts == 1:
        yield (whole,)
        return
    for first in range(1, whole - parts + 2):
        for rest in _divided(whole - first, parts - 1):
            yield (first, *rest)
