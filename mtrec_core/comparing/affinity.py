"""Which tasks help which: pairs trained together, a grouping, and each task's Shapley value. No torch here.

Affinity of i to j: the gain of task j when it is trained together with i, over a model of its own, from runs
of pairs (Standley et al., ICML 2020). It is measured after whole trainings, not estimated within one.

The Shapley value of task i for task t: the game's players are the other tasks, and a coalition S is worth the
gain of t when it is trained with S. The values of all other tasks sum to the gain of t in the model of all
tasks, so they share out what the negative-transfer report shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from mtrec_core.comparing.run_values import Split
from mtrec_core.comparing.subset_runs import SubsetGain, SubsetRuns, subset_gain
from mtrec_core.evaluation.compare import mean_and_spread
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.evaluation.gains import Gained
from mtrec_core.evaluation.grouping import Group, Grouping, best_grouping, gains_of, pairwise
from mtrec_core.evaluation.shapley import (
    Coalition,
    Weights,
    exact_weights,
    order_weights,
    random_orders,
    shapley,
    standard_errors,
)

MOST_ORDERS = 200
"""Orders of the tasks that a study may sample."""


@dataclass(frozen=True, kw_only=True)
class TaskShare:
    """What one task adds to another's metric."""

    player: str
    value: float
    """Its Shapley value, as a relative gain of the other task."""
    standard_error: float | None
    """Of the sampling of orders; None where all coalitions were trained, or from one order."""
    deviation: float | None
    """Over seeds; None for one."""
    gained: Gained | None
    """Under draws of test users."""


@dataclass(frozen=True, kw_only=True)
class TaskShares:
    """The Shapley values of the other tasks for one task."""

    task: str
    whole: float
    """The task's gain in the model of all tasks: the sum of the shares."""
    orders: int
    """So many orders were sampled; 0 where the values are exact."""
    shares: tuple[TaskShare, ...]


@dataclass(frozen=True, kw_only=True)
class Affinity:
    """What runs of subsets say about their tasks."""

    runs: SubsetRuns
    split: Split
    pairs: Mapping[tuple[str, str], SubsetGain]
    """(helper, task) -> the task's gain when trained with the helper."""
    suggested: Grouping | None
    """The best division by mean pairwise gains; None before a pair was trained."""
    best_measured: Grouping | None
    """The best division by the gains of the groups themselves; None unless every subset was trained."""
    shares: tuple[TaskShares, ...]
    """For each task whose coalitions were trained."""


def affinity(found: SubsetRuns, split: Split, draws: Mapping[str, RunDraws]) -> Affinity:
    """All of it, as far as there are runs; `draws` by run id, for the intervals of test gains.

    Groupings are chosen by gains on validation, whatever split is shown: `measured` then tells what they gain
    on test, where nothing was chosen.
    """
    chosen_by = pairwise({names: one.value for names, one in _pairs(found, "validation", {}).items()})
    trained_all = len(found.runs) == 2 ** len(found.tasks) - 1
    pairs = _pairs(found, split, draws)
    shares = (_shares(found, task, split, draws) for task in found.tasks)
    return Affinity(
        runs=found,
        split=split,
        pairs=pairs,
        suggested=best_grouping(found.tasks, chosen_by) if pairs else None,
        best_measured=best_grouping(found.tasks, lambda group: _group_gains(found, group, "validation"))
        if trained_all
        else None,
        shares=tuple(one for one in shares if one is not None),
    )


def _pairs(
    found: SubsetRuns, split: Split, draws: Mapping[str, RunDraws]
) -> dict[tuple[str, str], SubsetGain]:
    return {
        (helper, task): gain
        for helper, task in permutations(found.tasks, 2)
        if (gain := subset_gain(found, frozenset({helper, task}), task, split, draws)) is not None
    }


def measured(found: SubsetRuns, groups: Sequence[Group], split: Split) -> Grouping | None:
    """What a division really gained; None where one of its groups was not trained."""
    return gains_of(groups, lambda group: _group_gains(found, group, split))


def _group_gains(found: SubsetRuns, group: Group, split: Split) -> dict[str, float] | None:
    gains = {task: subset_gain(found, frozenset(group), task, split, {}) for task in group}
    known = {task: gain.value for task, gain in gains.items() if gain is not None}
    return known if len(known) == len(group) else None


def _shares(found: SubsetRuns, task: str, split: Split, draws: Mapping[str, RunDraws]) -> TaskShares | None:
    """Exact where every coalition was trained, else from the first orders whose coalitions all were."""
    players = [name for name in found.tasks if name != task]
    worth: dict[Coalition, SubsetGain] = {
        subset - {task}: gain
        for subset in found.runs
        if task in subset and (gain := subset_gain(found, subset, task, split, draws)) is not None
    }
    orders: list[tuple[str, ...]] = []
    if len(worth) == 2 ** len(players):
        weights = exact_weights(players)
    else:
        for order in orders_for(found.tasks, task):
            if not all(frozenset(order[:size]) in worth for size in range(len(order) + 1)):
                break
            orders.append(order)
        if not orders:
            return None
        weights = order_weights(orders)
    values = {coalition: one.value for coalition, one in worth.items()}
    errors = standard_errors(orders, values) if orders else dict.fromkeys(players)
    by_seed = [
        shapley(weights, {coalition: one.by_seed[at] for coalition, one in worth.items()})
        for at in range(len(found.seeds))
    ]
    drawn = _drawn(weights, worth)
    shared = shapley(weights, values)
    return TaskShares(
        task=task,
        whole=values[frozenset(players)],
        orders=len(orders),
        shares=tuple(
            TaskShare(
                player=player,
                value=shared[player],
                standard_error=errors[player],
                deviation=mean_and_spread([one[player] for one in by_seed]).deviation,
                gained=None if drawn is None else Gained(value=shared[player], draws_S=drawn[player]),
            )
            for player in players
        ),
    )


def orders_for(tasks: Sequence[str], task: str) -> list[tuple[str, ...]]:
    """The sampled orders of all tasks without one of them, which then are orders of its players."""
    return [tuple(name for name in order if name != task) for order in random_orders(tasks, MOST_ORDERS)]


def _drawn(weights: Weights, worth: Mapping[Coalition, SubsetGain]) -> dict[str, np.ndarray] | None:
    """Player -> its value in each draw; None where a coalition has no draws."""
    named = {coalition for own in weights.values() for coalition in own}
    gained = {coalition: worth[coalition].gained for coalition in named}
    arrays = {coalition: one.draws_S for coalition, one in gained.items() if one is not None}
    return shapley(weights, arrays) if len(arrays) == len(named) else None
