"""Weightings that need the values of the losses only.

Each is a function S of the losses, most of them from torchjd; a task's weight is S's slope in its direction,
so that sum_k w_k dL_k is S's gradient. Tasks come in the order of their names.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch.optim import Adam
from torchjd.scalarization import IMTLL, STCH, UW, GeometricMean, Random, Scalarizer

from mtrec_core.objective.method_options import (
    ImtlLOptions,
    NoOptions,
    StchOptions,
    UwOptions,
)
from mtrec_core.objective.states import State

Losses = Mapping[str, float]
"""Task -> its loss times the user's weight, above 0."""


class LossWeighting(Protocol):
    """Weights from loss values."""

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """Task -> weight in this step, which is of the pass `epoch`, from 0; it may learn from what it
        sees."""
        ...

    def look_again(self, losses: Losses) -> None:
        """The losses of the same rows after the step."""
        ...

    def state(self) -> State:
        """What it built up."""
        ...

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        ...


class Stateless:
    """A weighting that remembers nothing and looks once."""

    def look_again(self, losses: Losses) -> None:
        """Nothing to see."""

    def state(self) -> State:
        """Nothing."""
        return {}

    def load_state(self, state: State) -> None:
        """Nothing."""


def slopes(scalarizer: Scalarizer, losses: Losses) -> dict[str, float]:
    """dS/dL_k at the losses; what the scalarizer learns gets its gradient."""
    values_K = torch.tensor(list(losses.values()), dtype=torch.float64, requires_grad=True)
    scalarizer(values_K).backward()
    assert values_K.grad is not None
    return dict(zip(losses, values_K.grad.tolist(), strict=True))


class Fixed(Stateless):
    """S = sum_k L_k."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """1 for each task."""
        return dict.fromkeys(losses, 1.0)


class RandomWeights(Stateless):
    """RLW. The step seeds the random numbers."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """New ones at each call."""
        return slopes(Random(), losses)


class Geometric(Stateless):
    """GLS."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """S / (K L_k)."""
        return slopes(GeometricMean(), losses)


class SmoothWorst(Stateless):
    """STCH with the user's weights, which the losses bring along, over K, and 0 as the best possible loss."""

    def __init__(self, options: StchOptions) -> None:
        self.mu = options.mu

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """softmax(L_k / (K mu)) / K."""
        return slopes(STCH(self.mu), losses)


class Learned:
    """A number per task that the scalarizer's own loss teaches, by Adam. It is learned only in steps that
    have rows of the task."""

    def __init__(self, make: Callable[[], Scalarizer], learning_rate: float) -> None:
        self.make = make
        self.learning_rate = learning_rate
        self.scalarizers: dict[str, Scalarizer] = {}
        self.optimizers: dict[str, Adam] = {}

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """S is a sum with a term per task, so each task has a scalarizer of its own."""
        found: dict[str, float] = {}
        for task, loss in losses.items():
            scalarizer, optimizer = self._of(task)
            optimizer.zero_grad()
            found |= slopes(scalarizer, {task: loss})
            optimizer.step()
        return found

    def look_again(self, losses: Losses) -> None:
        """Nothing to see."""

    def state(self) -> State:
        """The number, and Adam's moments and count."""
        found: State = {}
        for task, scalarizer in self.scalarizers.items():
            (number,) = scalarizer.parameters()
            found[f"number/{task}"] = number.detach().clone()
            for name, value in self.optimizers[task].state[number].items():
                found[f"{name}/{task}"] = value.clone()
        return found

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        for name, value in state.items():
            part, task = name.split("/", 1)
            scalarizer, optimizer = self._of(task)
            (number,) = scalarizer.parameters()
            if part == "number":
                number.data.copy_(value)
            else:
                optimizer.state[number][part] = value.clone()

    def _of(self, task: str) -> tuple[Scalarizer, Adam]:
        if task not in self.scalarizers:
            self.scalarizers[task] = self.make().double()
            self.optimizers[task] = Adam(self.scalarizers[task].parameters(), lr=self.learning_rate)
        return self.scalarizers[task], self.optimizers[task]


class Uncertainty(Learned):
    """UW."""

    def __init__(self, options: UwOptions) -> None:
        super().__init__(lambda: UW(1), options.learning_rate)


class LossScales(Learned):
    """IMTL-L."""

    def __init__(self, options: ImtlLOptions) -> None:
        super().__init__(lambda: IMTLL(1), options.learning_rate)
