"""Options of weightings, aggregations and adversaries: frozen dataclasses. No torch here."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class NoOptions:
    """A method that has nothing to choose."""


@dataclass(frozen=True, kw_only=True)
class UwOptions:
    """Uncertainty weighting."""

    learning_rate: float = 0.01
    """Step size of the learned variances. [above 0]"""


@dataclass(frozen=True, kw_only=True)
class ImtlLOptions:
    """IMTL-L."""

    learning_rate: float = 0.01
    """Step size of the learned scales. [above 0]"""


@dataclass(frozen=True, kw_only=True)
class DwaOptions:
    """Dynamic weight average."""

    temperature: float = 2.0
    """The larger, the more alike the weights. [above 0]"""


@dataclass(frozen=True, kw_only=True)
class GradNormOptions:
    """GradNorm."""

    alpha: float = 1.5
    """How strongly a task that falls behind is pulled along; 0 makes all gradients equally long.
    [0 or more]"""
    learning_rate: float = 0.025
    """Step size of the learned weights. [above 0]"""


@dataclass(frozen=True, kw_only=True)
class FamoOptions:
    """FAMO."""

    learning_rate: float = 0.025
    """Step size of the weights' logits. [above 0]"""
    weight_decay: float = 0.001
    """Pulls the logits towards equal weights. [0 or more]"""


@dataclass(frozen=True, kw_only=True)
class StchOptions:
    """Smooth Tchebycheff scalarisation."""

    mu: float = 0.1
    """Smoothing; towards 0 only the task with the largest weighted loss counts. [above 0]"""


@dataclass(frozen=True, kw_only=True)
class MetaBalanceOptions:
    """MetaBalance."""

    target: str = ""
    """The task that the others serve; empty: the first one that is trained."""
    relax: float = 0.7
    """How far the others' gradients go towards the target's length. [0 to 1]"""
    beta: float = 0.9
    """Decay of the running mean of the gradients' lengths. [0 to below 1]"""


@dataclass(frozen=True, kw_only=True)
class PreferenceOptions:
    """COSMOS and PBI."""

    penalty: float = 0.5
    """Weight of what draws the tasks towards the point that the preference asks for; 0 is the plain sum.
    [0 or more]"""
    concentration: float = 1.0
    """How the preferences of the steps are spread: 1 evenly, below 1 towards single tasks, above 1 towards
    equal shares. [above 0]"""


@dataclass(frozen=True, kw_only=True)
class MgdaOptions:
    """MGDA."""

    epsilon: float = 0.001
    """The solver ends when a step is smaller. [above 0]"""
    iterations: int = 100
    """Most iterations of the solver. [1 or more]"""


@dataclass(frozen=True, kw_only=True)
class CagradOptions:
    """CAGrad."""

    c: float = 0.5
    """How far the direction may leave the mean gradient, in its lengths. [0 or more]"""


@dataclass(frozen=True, kw_only=True)
class NashOptions:
    """Nash-MTL."""

    update_every: int = 1
    """The weights are found anew every so many steps. [steps; 1 or more]"""
    iterations: int = 20
    """Most iterations of the solver. [1 or more]"""


@dataclass(frozen=True, kw_only=True)
class AlignedOptions:
    """Aligned-MTL."""

    scale: Literal["min", "median", "rmse"] = "min"
    """To which of the gradients' principal lengths the others are brought."""


@dataclass(frozen=True, kw_only=True)
class GradVacOptions:
    """GradVac."""

    beta: float = 0.5
    """How fast the aimed cosine follows the one that is seen. [0 to 1]"""


@dataclass(frozen=True, kw_only=True)
class FairGradOptions:
    """FairGrad."""

    alpha: float = 2.0
    """Fairness: 0 is the mean, 1 is Nash-MTL's solution, large values serve the worst off. [0 or more]"""


@dataclass(frozen=True, kw_only=True)
class ExcessOptions:
    """ExcessMTL."""

    step_size: float = 0.01
    """How fast weight moves to tasks with much left to gain. [above 0]"""
    warmup: int = 10
    """Steps that only measure the start. [steps; 0 or more]"""


@dataclass(frozen=True, kw_only=True)
class PcdOptions:
    """Priority-constrained descent."""

    main: str = ""
    """The task that comes first; empty: the first one that is trained."""
    tau: float = 0.02
    """Share of its own best progress that each other task gets at least. [0 to 1]"""
    beta: float = 0.999
    """Decay of the running mean of the gradients' lengths. [0 to below 1]"""


@dataclass(frozen=True, kw_only=True)
class FgmOptions:
    """FGM."""

    eps: float = 0.05
    """Length of what is added to a text, as a share of the text's own. [0 or more]"""


@dataclass(frozen=True, kw_only=True)
class AscentOptions:
    """PGD and FreeLB."""

    eps: float = 0.05
    """Greatest length of what is added to a text, as a share of the text's own. [0 or more]"""
    steps: int = 3
    """Steps uphill. [1 or more]"""
    step_size: float = 0.5
    """Length of a step, as a share of eps. [above 0]"""


Options = (
    NoOptions
    | UwOptions
    | ImtlLOptions
    | DwaOptions
    | GradNormOptions
    | FamoOptions
    | StchOptions
    | MetaBalanceOptions
    | PreferenceOptions
    | MgdaOptions
    | CagradOptions
    | NashOptions
    | AlignedOptions
    | GradVacOptions
    | FairGradOptions
    | ExcessOptions
    | PcdOptions
    | FgmOptions
    | AscentOptions
)
