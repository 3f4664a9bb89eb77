"""What a run tells those who watch it: the terminal, the store, a test. No torch here."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class StageEvent:
    """A stage begins: reading, encoding, baselines, training, testing."""

    stage: str
    text: str
    """One sentence for people."""


@dataclass(frozen=True, kw_only=True)
class ProgressEvent:
    """How far a stage other than training is."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class StepEvent:
    """One update of the parameters."""

    step: int
    """From 1."""
    total_steps: int
    epoch: float
    seconds: float
    """Since training began, validations included."""
    rows: int
    """Rows seen since training began."""
    losses: dict[str, float]
    """Task -> mean loss over its rows of the step; tasks without rows are left out."""
    weights: dict[str, float]
    """Task -> effective weight."""
    shares: dict[str, float]
    """Task -> its part of the total, between 0 and 1."""
    total: float
    learning_rate: float
    effective_learning_rate: float
    """Learning rate times the mean effective weight: how far a task of mean weight moves the parameters."""


@dataclass(frozen=True, kw_only=True)
class EvaluationEvent:
    """Metrics of every task on one split."""

    step: int
    epoch: float
    seconds: float
    split: str
    metrics: dict[str, dict[str, float]]
    """Task -> metric -> value."""
    losses: dict[str, float] = field(default_factory=dict)
    """Task -> mean loss; only where it was computed."""
    learned: dict[str, dict[str, float]] = field(default_factory=dict)
    """Task -> headline metric -> value on training rows; only where it was computed."""
    monitor: float | None = None
    """Value of the monitored quantity; None where nothing is selected by this evaluation."""
    is_best: bool = False
    patience_left: int | None = None
    """Further validations without a new best after which the run ends; None where it never ends early."""


@dataclass(frozen=True, kw_only=True)
class GradientEvent:
    """How the tasks pulled the parameters that they share, at one step."""

    step: int
    epoch: float
    seconds: float
    norms: dict[str, float]
    """Task -> length of its gradient, before any weight."""
    cosines: dict[tuple[str, str], float]
    """Two tasks -> cosine between their gradients; below 0 they conflict."""
    by_part: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    """Part of the model -> cosines over it alone."""


@dataclass(frozen=True, kw_only=True)
class WeightsEvent:
    """The user's task weights changed while the run goes on."""

    step: int
    """The last one that was taken with the weights before."""
    epoch: float
    seconds: float
    before: dict[str, float]
    after: dict[str, float]
    """Task -> weight, for every task of the run."""


@dataclass(frozen=True, kw_only=True)
class MessageEvent:
    """Something a person should know: texts cut off, a task left out, a precision chosen."""

    text: str
    level: str = "info"
    """info or warning"""


Event = StageEvent | ProgressEvent | StepEvent | EvaluationEvent | GradientEvent | WeightsEvent | MessageEvent
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """A listener that does nothing."""
