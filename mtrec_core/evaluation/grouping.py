"""Which tasks to train together: the best division into groups, one model each. No torch here.

Standley et al., "Which tasks should be learned together in multi-task learning?", ICML 2020, train pairs and
take a task's gain in a larger group for the mean of its gains with each member; Fifty et al., "Efficiently
identifying task groupings", NeurIPS 2021, call that the higher-order approximation. Both allow a task in
several groups and bound their number; here each task is in one group, and any number of groups is allowed.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mtrec_core.errors import UserError

MOST_TASKS = 12
"""The search looks at 3^n divisions of subsets; more tasks than this take minutes."""

Group = tuple[str, ...]
GroupGains = Callable[[Group], Mapping[str, float] | None]
"""A group -> each member's gain over a model of its own; None where that is not known."""


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """A division of the tasks."""

    groups: tuple[Group, ...]
    gains: Mapping[str, float]
    """Task -> its gain over a model of its own."""

    @property
    def mean_gain(self) -> float:
        """Delta-m of the division."""
        return math.fsum(self.gains.values()) / len(self.gains)


def pairwise(gains: Mapping[tuple[str, str], float]) -> GroupGains:
    """A member's gain as the mean of its gains with each of the others; `gains` by (helper, task)."""

    def of_group(group: Group) -> dict[str, float] | None:
        found = {}
        for task in group:
            others = [gains.get((helper, task)) for helper in group if helper != task]
            known = [value for value in others if value is not None]
            if len(known) < len(others):
                return None
            found[task] = math.fsum(known) / len(known) if known else 0.0
        return found

    return of_group


def best_grouping(tasks: Sequence[str], gains: GroupGains) -> Grouping:
    """The division with the largest mean gain, over all divisions whose groups' gains are known.

    Of divisions that are equal the one with fewer groups: fewer models to train and keep. A task alone has
    gain 0. Exact, by going from small sets of tasks to large ones; UserError above MOST_TASKS.
    """
    if len(tasks) > MOST_TASKS:
        raise UserError(
            f"{len(tasks)} tasks have too many divisions to look at all; name {MOST_TASKS} or fewer with "
            "--tasks."
        )
    best: dict[frozenset[str], tuple[float, int, tuple[Group, ...]]] = {frozenset(): (0.0, 0, ())}
    known: dict[Group, Mapping[str, float]] = {}
    for size in range(1, len(tasks) + 1):
        for chosen in combinations(tasks, size):
            first, rest = chosen[0], chosen[1:]
            options = []
            for others in (some for count in range(size) for some in combinations(rest, count)):
                group = (first, *others)
                if group not in known and (found := _gains(group, gains)) is not None:
                    known[group] = found
                if group in known:
                    total, count, groups = best[frozenset(chosen) - frozenset(group)]
                    options.append((total + math.fsum(known[group].values()), count + 1, (group, *groups)))
            best[frozenset(chosen)] = max(options, key=lambda option: (round(option[0], 12), -option[1]))
    groups = best[frozenset(tasks)][2]
    return Grouping(
        groups=groups, gains={task: value for group in groups for task, value in known[group].items()}
    )


def gains_of(groups: Sequence[Group], gains: GroupGains) -> Grouping | None:
    """A given division with its gains; None where those of a group are not known."""
    found: dict[str, float] = {}
    for group in groups:
        own = _gains(group, gains)
        if own is None:
            return None
        found |= own
    return Grouping(groups=tuple(groups), gains=found)


def _gains(group: Group, gains: GroupGains) -> Mapping[str, float] | None:
    return {group[0]: 0.0} if len(group) == 1 else gains(group)
