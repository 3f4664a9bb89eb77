"""What methods build up while training goes on, as flat arrays for a checkpoint.

A name is `PART/TASKS`, tasks joined by `+`: what is learned for one set of tasks says nothing of another.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

State = dict[str, Tensor]
"""Name -> array on the CPU."""


def name_of(tasks: Sequence[str]) -> str:
    """One word for a set of tasks in their order."""
    return "+".join(tasks)


def tasks_of(name: str) -> tuple[str, ...]:
    """The tasks of `name_of`."""
    return tuple(name.split("+"))


def numbers(values: Mapping[str, float], part: str) -> State:
    """A number per task, in float64, so that nothing is lost."""
    return {f"{part}/{task}": torch.tensor(value, dtype=torch.float64) for task, value in values.items()}


def part_numbers(state: Mapping[str, Tensor], part: str) -> dict[str, float]:
    """What `numbers` wrote, by task."""
    return {
        name.split("/", 1)[1]: float(value) for name, value in state.items() if name.startswith(f"{part}/")
    }
