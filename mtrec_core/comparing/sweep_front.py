"""Configurations that trade tasks against each other: means over seeds, front, knee. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mtrec_core.comparing.run_values import Split, higher_is_better, value_on, weights
from mtrec_core.comparing.seeds import SeedGroup
from mtrec_core.evaluation.compare import Spread, mean_and_spread
from mtrec_core.evaluation.pareto import Knee, knee, on_front

Choice = tuple[str, str]
"""(task, metric)"""


@dataclass(frozen=True, kw_only=True)
class FrontPoint:
    """One configuration, over its seeds."""

    group: SeedGroup
    weights: Mapping[str, float]
    """Task -> weight in the loss."""
    validation: tuple[Spread, ...]
    """A metric each, in the order of the choices."""
    test: tuple[Spread, ...]
    on_front: bool
    """By the means on the split that the front was asked for."""


@dataclass(frozen=True, kw_only=True)
class Front:
    """Configurations in two metrics or more."""

    choices: tuple[Choice, ...]
    split: Split
    points: tuple[FrontPoint, ...]
    """In the order of the groups; those without all metrics are left out."""
    knee: Knee | None
    """Its `model` is a place in `points`."""


def front(groups: Sequence[SeedGroup], choices: Sequence[Choice], split: Split = "validation") -> Front:
    """The front of the groups' means. Weights are chosen by it, so it is one of validation unless asked
    otherwise."""
    measured = [
        (group, _spreads(group, choices, "validation"), _spreads(group, choices, "test")) for group in groups
    ]
    whole = [(group, validation, test) for group, validation, test in measured if validation and test]
    directions = [higher_is_better(metric) for _task, metric in choices]
    judged = [validation if split == "validation" else test for _group, validation, test in whole]
    means_ND = np.array([[spread.mean for spread in spreads] for spreads in judged])
    means_ND = means_ND.reshape(len(whole), len(choices))
    wins_N = on_front(means_ND, directions)
    return Front(
        choices=tuple(choices),
        split=split,
        points=tuple(
            FrontPoint(
                group=group,
                weights=weights(group.first),
                validation=validation,
                test=test,
                on_front=bool(wins),
            )
            for (group, validation, test), wins in zip(whole, wins_N, strict=True)
        ),
        knee=knee(means_ND, directions),
    )


def _spreads(group: SeedGroup, choices: Sequence[Choice], split: Split) -> tuple[Spread, ...]:
    """A spread per choice; empty where some member lacks one."""
    found = []
    for task, metric in choices:
        values = [value_on(split, run, task, metric) for run in group.members]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return ()
        found.append(mean_and_spread(known))
    return tuple(found)
