"""What goes into a step of the objective, and what comes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from mtrec_core.errors import MtrecError
from mtrec_core.objective.jacobian import Representation


class DivergenceError(MtrecError):
    """A loss is no longer a number; the run can't go on."""


@dataclass(frozen=True, kw_only=True)
class StepReport:
    """What one step did, per task; tasks without rows in the step are left out."""

    losses: dict[str, float]
    weights: dict[str, float]
    """Effective weights: the user's times the method's."""
    shares: dict[str, float]
    """Part of the total; they add up to 1 (all 0 when the total is 0)."""
    total: float
    mean_weight: float
    """Mean size of the effective weights of the tasks to which the user gave a weight; 1 where there are
    none."""


@dataclass(frozen=True, kw_only=True)
class StepInputs:
    """A step as the loop brings it."""

    number: int
    """From 0."""
    epoch: int
    """Whole passes before it."""
    parts: Mapping[str, Tensor]
    """Task -> scalar loss of this process's rows, for the tasks that have any."""
    losses: Mapping[str, float]
    """Task -> loss of all the rows of the step."""
    representation: Representation | None = None
    """What the forward pass cut; None where gradients are those of the parameters, or not asked for."""


@dataclass(frozen=True, kw_only=True)
class Backward:
    """How gradients are made and where they go."""

    total: Callable[[Tensor], None]
    """Sends a scalar back to all parameters."""
    parameters: Sequence[nn.Parameter] = ()
    """All that learn."""
    share: float = 1.0
    """What gradients are multiplied by: 1 / steps that are added up to an update."""
    add: Callable[[list[list[Tensor | None]], list[Tensor]], None] | None = None
    """Sums rows of gradients over the processes of a run."""
    keeps: bool = True
    """Whether this process holds what all of them found: the others start from 0, since gradients are added
    up afterwards."""


def report_of(
    losses: Mapping[str, float], given: Mapping[str, float], found: Mapping[str, float]
) -> StepReport:
    """From the losses, the user's weights (`given`) and those that the method found; the method leaves out
    whom it gives none."""
    weights = {task: given[task] * found.get(task, 1.0) for task in losses}
    sizes = [abs(weight) for task, weight in weights.items() if given[task]]
    weighed = {task: weights[task] * value for task, value in losses.items()}
    pulls = {task: max(part, 0.0) for task, part in weighed.items()}
    total = sum(pulls.values())
    return StepReport(
        losses=dict(losses),
        weights=dict(weights),
        shares={task: part / total if total else 0.0 for task, part in pulls.items()},
        total=sum(weighed.values()),
        mean_weight=sum(sizes) / len(sizes) if sizes else 1.0,
    )
