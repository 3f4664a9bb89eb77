"""The forward passes over the rows of a step, before it and after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mtrec_core.model.batches import TaskBatch
from mtrec_core.model.plan import ModelPlan
from mtrec_core.model.text_shift import TextShift
from mtrec_core.objective.adversarial import Adversary, Pass, mean_losses
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.jacobian import Representation
from mtrec_core.objective.task_losses import task_loss
from mtrec_core.training.checkpoint import load_random_state, random_state


@dataclass(kw_only=True)
class Looks:
    """Looks at the rows of a step; all looks at one step drop the same numbers."""

    network: nn.Module
    """The model as the accelerator prepared it."""
    plan: ModelPlan
    objective: ObjectiveSettings
    adversary: Adversary
    """What is added to the texts of a step."""
    device: torch.device
    cuts: bool
    """Whether methods look at the entities' vectors."""
    remembers: bool
    """Whether `again` will be asked."""
    drawn: dict[str, Tensor] = field(default_factory=dict)
    """Random states before the last step."""

    def first(self, batches: Mapping[str, TaskBatch], weights: Mapping[str, float], step: int) -> list[Pass]:
        """The passes over this process's rows whose mean loss is trained: one, or those that the adversary
        finds. `weights` are the user's."""
        if self.remembers or self.adversary.looks_on:
            self.drawn = random_state(self.device)
        return self.adversary.passes(lambda shift: self._look(batches, shift, self.cuts), weights, step)

    def again(self, batches: Mapping[str, TaskBatch], passes: list[Pass]) -> dict[str, Tensor]:
        """The mean losses of the same passes with the model as it is now, without gradients."""
        after = random_state(self.device)
        shifts = [one.shift.again() if one.shift is not None else None for one in passes]
        with torch.no_grad():
            losses = mean_losses([self._look(batches, shift, cuts=False) for shift in shifts])
        load_random_state(after, self.device)
        return losses

    def _look(self, batches: Mapping[str, TaskBatch], shift: TextShift | None, cuts: bool) -> Pass:
        if self.drawn:
            load_random_state(self.drawn, self.device)
        representation = Representation() if cuts else None
        outputs = self.network(batches, representation.cut if representation is not None else None, shift)
        losses = {
            task: task_loss(self.plan.tasks[task], batch, outputs[task], self.objective)
            for task, batch in batches.items()
        }
        return Pass(losses=losses, shift=shift, representation=representation)
