"""Settings of the objective. No torch here."""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.errors import SettingError
from mtrec_core.objective.adversaries import adversary_choice
from mtrec_core.objective.aggregations import aggregation_choice
from mtrec_core.objective.option_text import read_options
from mtrec_core.objective.weightings import weighting_choice


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings:
    """How the tasks' losses become one update."""

    weighting: str = "fixed"
    """A key of `objective.weightings.WEIGHTINGS`: `fixed` takes the run's task weights, `equal` gives each
    task 1, the others find weights of their own on top of the run's."""
    weighting_options: str = ""
    """Options of the weighting as `name=value`, with blanks between."""
    aggregation: str = "sum"
    """A key of `objective.aggregations.AGGREGATIONS`: how the tasks' gradients are made one. Anything but
    `sum` goes with the weightings fixed and equal."""
    aggregation_options: str = ""
    """Options of the aggregation as `name=value`, with blanks between."""
    normalise: bool = True
    """Scales what a method finds to a mean weight of 1, so that methods compare at one learning rate."""
    gradients_of: Literal["auto", "representation", "parameters"] = "auto"
    """What methods look at: the entities' vectors, or the shared parameters; auto takes the vectors where the
    encoder is frozen and one process trains."""
    adversary: str = "none"
    """A key of `objective.adversaries.ADVERSARIES`: how the texts of a step are disturbed, so that the model
    learns to bear it. Works with every weighting and aggregation, in one process."""
    adversary_options: str = ""
    """Options of the adversary as `name=value`, with blanks between: `eps=0.05`, for pgd and freelb also
    `steps=3 step_size=0.5`."""
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
        weighting, aggregation = weighting_choice(self.weighting), aggregation_choice(self.aggregation)
        read_options(weighting.options, self.weighting_options, "objective.weighting_options")
        read_options(aggregation.options, self.aggregation_options, "objective.aggregation_options")
        adversary = adversary_choice(self.adversary)
        read_options(adversary.options, self.adversary_options, "objective.adversary_options")
        if self.weighting not in ("fixed", "equal") and self.aggregation != "sum":
            raise SettingError(
                f"objective.weighting={self.weighting} and objective.aggregation={self.aggregation} would "
                "both weigh the tasks. Choose one of them: aggregation=sum, or weighting=fixed."
            )
        if aggregation.by_parameter and self.gradients_of == "representation":
            raise SettingError(
                f"objective.aggregation={self.aggregation} follows each number from step to step, so it "
                "needs objective.gradients_of=parameters or auto."
            )
        if self.gradients_every < 0:
            raise SettingError(f"objective.gradients_every is {self.gradients_every}; it must be 0 or more.")
        if self.huber_delta <= 0:
            raise SettingError(f"objective.huber_delta is {self.huber_delta}; it must be above 0.")
        if not 0 <= self.label_smoothing < 1:
            raise SettingError(
                f"objective.label_smoothing is {self.label_smoothing}; at least 0 and below 1."
            )
