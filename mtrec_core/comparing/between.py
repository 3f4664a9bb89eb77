"""A new run whose task weights lie between those of two others. No torch here."""

import dataclasses
from collections.abc import Mapping

from mtrec_core.comparing.run_values import label, weights
from mtrec_core.config import RunConfig
from mtrec_core.errors import UserError
from mtrec_core.store.records import RunRecord

DIGITS = 4


def weights_between(a: Mapping[str, float], b: Mapping[str, float], share: float) -> dict[str, float]:
    """(1 - share) a + share b, after each was scaled to the sum that a has.

    The sum only scales the loss; scaled alike, halfway lies halfway in the tasks' proportions. A task that
    one of them leaves out counts as 0 there.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"The share is {share}; it must lie between 0 and 1.")
    sum_a, sum_b = sum(a.values()), sum(b.values())
    if not (sum_a > 0 and sum_b > 0):
        raise UserError("Weights that are all 0 have nothing between them.")
    return {
        task: round((1 - share) * a.get(task, 0.0) + share * b.get(task, 0.0) * sum_a / sum_b, DIGITS)
        for task in dict.fromkeys([*a, *b])
    }


def config_between(a: RunRecord, b: RunRecord, share: float) -> RunConfig:
    """The configuration of `a` with weights between both; UserError when their data differ."""
    if a.dataset_fingerprint != b.dataset_fingerprint:
        raise UserError(
            f"{label(a)} and {label(b)} were trained on different data; there is nothing between them."
        )
    config = RunConfig.from_json(a.config)
    between = weights_between(weights(a), weights(b), share)
    tasks = tuple(task for task, weight in between.items() if weight > 0)
    return dataclasses.replace(
        config,
        weights={task: between[task] for task in tasks},
        tasks=tasks,
        name=f"between #{a.number} and #{b.number} ({share:.0%})".replace("%", " %"),
    )
