"""Settings of the objective. No torch here."""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings:
    """How the tasks' losses become one update."""

    weighting: str = "fixed"
    """A key of `objective.weightings.WEIGHTINGS`: `fixed` takes the run's task weights, `equal` gives each
    task 1."""
    huber_delta: float = 1.0
    """Regression: error, in standard deviations of the label, from which the loss grows linearly.
    [standard deviations; above 0]"""
    label_smoothing: float = 0.0
    """Share of the target spread over all classes, for classes only. [0 to below 1]"""
    ranking_loss: Literal["listwise", "pairwise"] = "listwise"
    """Ranking: softmax over the list, or logistic loss over its pairs."""

    gradients_every: int = 50
    """Every so many steps the tasks' gradients are compared, to show which tasks conflict; 0 never.
    [steps; 0 or more]"""

    def __post_init__(self) -> None:
        if self.gradients_every < 0:
            raise SettingError(f"objective.gradients_every is {self.gradients_every}; it must be 0 or more.")
        if self.huber_delta <= 0:
            raise SettingError(f"objective.huber_delta is {self.huber_delta}; it must be above 0.")
        if not 0 <= self.label_smoothing < 1:
            raise SettingError(
                f"objective.label_smoothing is {self.label_smoothing}; at least 0 and below 1."
            )
