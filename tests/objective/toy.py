"""A multi-task problem of three numbers: every gradient can be found by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.methods import MethodChoice
from mtrec_core.objective.step import Objective
from mtrec_core.objective.step_parts import Backward, StepInputs, StepReport
from mtrec_core.objective.weightings import WeightingChoice

AIMS = {"ads": (3.0, 0.5, 0.0), "basket": (-1.0, 2.0, 0.5), "clicks": (0.0, -0.5, 4.0)}
"""Where each task wants the shared point."""
CURVES = {"ads": 2.0, "basket": 1.0, "clicks": 0.5}


@dataclass
class Toy:
    """L_k = c_k |x - a_k|^2 / 2 + h_k^2 / 2 + 0.1: x is shared, h_k is the task's own."""

    aims: Mapping[str, Sequence[float]]
    curves: Mapping[str, float]

    def __post_init__(self) -> None:
        self.shared = nn.Parameter(torch.tensor([0.2, 0.1, -0.3]))
        self.own = {task: nn.Parameter(torch.ones(1)) for task in self.aims}

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [self.shared, *self.own.values()]

    def losses(self, tasks: Sequence[str] = ()) -> dict[str, Tensor]:
        return {
            task: self.curves[task] * (self.shared - torch.tensor(self.aims[task])).square().sum() / 2
            + self.own[task].square().sum() / 2
            + 0.1
            for task in tasks or self.aims
        }

    def gradient(self, task: str) -> np.ndarray:
        """Of the task's loss over the shared point."""
        return self.curves[task] * (self.shared.detach().numpy() - np.array(self.aims[task]))

    def take(
        self, rule: Objective, step: int, tasks: Sequence[str] = (), epoch: int = 0, rate: float = 0.05
    ) -> StepReport:
        """One step of plain descent, with the look back where the method wants one; gradients stay in
        `.grad`."""
        for parameter in self.parameters:
            parameter.grad = None
        losses = self.losses(tasks)
        report = rule.step(
            StepInputs(
                number=step,
                epoch=epoch,
                parts=losses,
                losses={task: float(loss.detach()) for task, loss in losses.items()},
            ),
            Backward(total=Tensor.backward, parameters=self.parameters),
        )
        with torch.no_grad():
            for parameter in self.parameters:
                if parameter.grad is not None:
                    parameter -= rate * parameter.grad
            if rule.looks_again:
                rule.look_again({task: float(loss) for task, loss in self.losses(tasks).items()})
        return report


def toy(tasks: Sequence[str] = ("ads", "basket", "clicks")) -> Toy:
    return Toy({task: AIMS[task] for task in tasks}, CURVES)


def settings_of(method: MethodChoice, options: str = "") -> ObjectiveSettings:
    """The settings that train by a row of the tables."""
    if isinstance(method, WeightingChoice):
        return ObjectiveSettings(weighting=method.key, weighting_options=options)
    return ObjectiveSettings(aggregation=method.key, aggregation_options=options)


def rule_of(
    method: MethodChoice,
    tasks: Sequence[str],
    options: str = "",
    weights: Mapping[str, float] | None = None,
    normalise: bool = True,
) -> Objective:
    settings = replace(settings_of(method, options), normalise=normalise)
    return Objective(settings=settings, weights=dict(weights or {}), tasks=list(tasks))


EARLY = {"excess_mtl": "warmup=2"}
"""Options with which a method shows itself within few steps."""
