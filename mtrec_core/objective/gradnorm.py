"""GradNorm (Chen et al., ICML 2018): weights that make the tasks' gradients comparable.

G_k = |w_k dL_k| over what the tasks share, G its mean, r_k = (L_k / L_k(0)) / mean of that ratio. The weights
alone minimise sum_k |G_k - G r_k^alpha|, its second term taken as constant, and are then scaled to sum up to
their number. The paper takes the last layer that all tasks share; here it is what the aggregations see.
"""

from collections.abc import Mapping

import torch
from torch.optim import Adam

from mtrec_core.objective.method_options import GradNormOptions
from mtrec_core.objective.states import State, numbers, part_numbers


class GradNorm:
    """The weights, an Adam for each, and each task's first loss."""

    def __init__(self, options: GradNormOptions) -> None:
        self.options = options
        self.first: dict[str, float] = {}
        self.learned: dict[str, torch.Tensor] = {}
        self.optimizers: dict[str, Adam] = {}

    def weights(self, losses: Mapping[str, float], lengths: Mapping[str, float]) -> dict[str, float]:
        """The weights of this step, which then learn from it. `lengths`: |dL_k| above 0."""
        for task, loss in losses.items():
            self.first.setdefault(task, loss)
            self._demand(task)
        now = {task: float(self.learned[task].detach()) for task in losses}
        ratios = {task: loss / self.first[task] for task, loss in losses.items()}
        mean_ratio = sum(ratios.values()) / len(ratios)
        mean_length = sum(now[task] * lengths[task] for task in losses) / len(losses)
        total = torch.zeros((), dtype=torch.float64)
        for task in losses:
            aim = mean_length * (ratios[task] / mean_ratio) ** self.options.alpha
            total = total + (self.learned[task] * lengths[task] - aim).abs()
        for task in losses:
            self.optimizers[task].zero_grad()
        total.backward()
        for task in losses:
            self.optimizers[task].step()
        self._to_their_number(list(losses))
        return now

    def state(self) -> State:
        """Weights, first losses, Adam's moments and counts."""
        found = numbers(self.first, "first")
        for task, weight in self.learned.items():
            found[f"weight/{task}"] = weight.detach().clone()
            for name, value in self.optimizers[task].state[weight].items():
                found[f"{name}/{task}"] = value.clone()
        return found

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        self.first = part_numbers(state, "first")
        for name, value in state.items():
            part, task = name.split("/", 1)
            self._demand(task)
            if part == "weight":
                self.learned[task].data.copy_(value)
            elif part != "first":
                self.optimizers[task].state[self.learned[task]][part] = value.clone()

    def _demand(self, task: str) -> None:
        if task not in self.learned:
            self.learned[task] = torch.ones((), dtype=torch.float64, requires_grad=True)
            self.optimizers[task] = Adam([self.learned[task]], lr=self.options.learning_rate)

    @torch.no_grad()
    def _to_their_number(self, tasks: list[str]) -> None:
        """The weights of these tasks, above 0, with the sum that they had when all were 1."""
        for task in tasks:
            self.learned[task].clamp_(min=1e-4)
        total = sum(float(self.learned[task].detach()) for task in tasks)
        for task in tasks:
            self.learned[task].mul_(len(tasks) / total)
