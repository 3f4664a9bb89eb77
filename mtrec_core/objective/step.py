"""The only door between the tasks' losses and the parameters' gradients."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from mtrec_core.errors import MtrecError
from mtrec_core.objective.weightings import Weighting


class DivergenceError(MtrecError):
    """A loss is no longer a number; the run can't go on."""


@dataclass(frozen=True, kw_only=True)
class StepReport:
    """What one step did, per task; tasks without rows in the step are left out."""

    losses: dict[str, float]
    weights: dict[str, float]
    """Effective weights."""
    shares: dict[str, float]
    """Part of the total; they add up to 1 (all 0 when the total is 0)."""
    total: float


def weighted_step(
    losses: Mapping[str, Tensor],
    weighting: Weighting,
    backward: Callable[[Tensor], None],
    whole: Mapping[str, float] | None = None,
) -> StepReport:
    """Weighs the losses, sends one total backward and reports.

    `losses` holds a scalar per task that has rows in this step. A task of weight 0 is not sent backward, so
    that it costs nothing. `whole` holds the losses of the whole step where `losses` are one process's parts
    of them. DivergenceError when a loss is infinite or no number.
    """
    values = dict(whole) if whole is not None else {t: float(loss.detach()) for t, loss in losses.items()}
    for task, value in values.items():
        if value != value or value in (float("inf"), float("-inf")):
            raise DivergenceError(
                f"The loss of task {task} is {value}: training diverged. "
                "Lower training.learning_rate, or set training.clip_norm=1 and training.precision=fp32."
            )
    weights = weighting(values)
    parts = [losses[task] * weight for task, weight in weights.items() if weight and task in losses]
    if parts:
        backward(sum(parts[1:], start=parts[0]))
    weighed = {task: weights[task] * value for task, value in values.items()}
    total = sum(weighed.values())
    return StepReport(
        losses=values,
        weights=weights,
        shares={task: value / total if total else 0.0 for task, value in weighed.items()},
        total=total,
    )
