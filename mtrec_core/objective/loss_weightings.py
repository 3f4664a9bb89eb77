"""Weightings that need the values of the losses only.

Each is a function S of the losses, most of them from torchjd; a task's weight is S's slope in its direction,
so that sum_k w_k dL_k is S's gradient. Tasks come in the order of their names.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torchjd.scalarization import DWA, FAMO, IMTLL, STCH, UW, GeometricMean, Random, Scalarizer

from mtrec_core.objective.method_options import (
    DwaOptions,
    FamoOptions,
    ImtlLOptions,
    NoOptions,
    StchOptions,
    UwOptions,
)
from mtrec_core.objective.states import State, name_of, numbers, part_numbers, tasks_of

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


class DescentRates(Stateless):
    """DWA over passes through the data. A task that lacks one of the two passes before counts 1, and so do
    all with it."""

    def __init__(self, options: DwaOptions) -> None:
        self.temperature = options.temperature
        self.epoch = 0
        self.sums: dict[str, float] = {}
        self.counts: dict[str, float] = {}
        self.older: dict[str, float] = {}
        self.newer: dict[str, float] = {}

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """K softmax(newer / older / T)."""
        while self.epoch < epoch:
            self.older = self.newer
            self.newer = {task: total / self.counts[task] for task, total in self.sums.items()}
            self.sums, self.counts = {}, {}
            self.epoch += 1
        for task, loss in losses.items():
            self.sums[task] = self.sums.get(task, 0.0) + loss
            self.counts[task] = self.counts.get(task, 0.0) + 1
        if not all(task in self.older and task in self.newer for task in losses):
            return dict.fromkeys(losses, 1.0)
        scalarizer = DWA(self.temperature)
        for means in (self.older, self.newer):
            scalarizer(torch.tensor([means[task] for task in losses], dtype=torch.float64))
            scalarizer.step()
        return slopes(scalarizer, losses)

    def state(self) -> State:
        """Means of the two passes before, and those of this one so far."""
        epoch: State = {"epoch": torch.tensor(self.epoch)}
        parts = {"sum": self.sums, "count": self.counts, "older": self.older, "newer": self.newer}
        return epoch | {
            name: value for part, held in parts.items() for name, value in numbers(held, part).items()
        }

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        self.epoch = int(state["epoch"])
        self.sums, self.counts = part_numbers(state, "sum"), part_numbers(state, "count")
        self.older, self.newer = part_numbers(state, "older"), part_numbers(state, "newer")


class EqualRates:
    """FAMO: one set of logits for each set of tasks that a step may have rows of."""

    def __init__(self, options: FamoOptions) -> None:
        self.options = options
        self.learners: dict[tuple[str, ...], FAMO] = {}

    def weights(self, losses: Losses, epoch: int) -> dict[str, float]:
        """c z_k / L_k."""
        return slopes(self._of(tuple(losses)), losses)

    def look_again(self, losses: Losses) -> None:
        """The logits follow how much each loss fell."""
        self._of(tuple(losses)).update(torch.tensor(list(losses.values()), dtype=torch.float64))

    def state(self) -> State:
        """Logits, and Adam's moments and count."""
        found: State = {}
        for tasks, famo in self.learners.items():
            logits, moments = _inside(famo)
            found[f"logits/{name_of(tasks)}"] = logits.detach().clone()
            for name, value in moments.items():
                found[f"{name}/{name_of(tasks)}"] = value.clone()
        return found

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        for name in sorted(state, key=lambda name: not name.startswith("logits/")):
            part, tasks = name.split("/", 1)
            famo = self._of(tasks_of(tasks))
            logits, moments = _inside(famo)
            if part == "logits":
                logits.data.copy_(state[name])
            else:
                moments[part] = state[name].clone()

    def _of(self, tasks: tuple[str, ...]) -> FAMO:
        if tasks not in self.learners:
            famo = FAMO(len(tasks), lr=self.options.learning_rate, weight_decay=self.options.weight_decay)
            self.learners[tasks] = famo.double()
            # The library makes its optimizer at the first update, out of reach of a checkpoint before that.
            logits = famo._w
            famo._optimizer = Adam([logits], lr=famo.lr, weight_decay=famo.weight_decay)
        return self.learners[tasks]


def _inside(famo: FAMO) -> tuple[nn.Parameter, dict[str, Tensor]]:
    assert famo._optimizer is not None
    return famo._w, famo._optimizer.state[famo._w]
