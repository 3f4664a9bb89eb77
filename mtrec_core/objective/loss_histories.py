"""Weightings that remember how the losses went: DWA from pass to pass, FAMO from before a step to after it.

Tasks come in the order of their names.
"""

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torchjd.scalarization import DWA, FAMO

from mtrec_core.objective.loss_weightings import Losses, Stateless, slopes
from mtrec_core.objective.method_options import DwaOptions, FamoOptions
from mtrec_core.objective.states import State, name_of, numbers, part_numbers, tasks_of


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
