"""What a loop tells its listener: the events of training, each with its step, pass and time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mtrec_core.objective.gradients import GradientReport
from mtrec_core.objective.step_parts import StepReport
from mtrec_core.training.events import EvaluationEvent, GradientEvent, Listener, StepEvent, WeightsEvent
from mtrec_core.training.overfitting import Fit

if TYPE_CHECKING:
    from mtrec_core.training.loop import Loop


@dataclass(kw_only=True)
class Telling:
    """The account of a loop from the moment that this is made."""

    loop: "Loop"
    listen: Listener
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """In steps and validations, with those of earlier processes on the same run."""
        return self.loop.seconds_before + time.perf_counter() - self.began

    def start(self, metrics: dict[str, dict[str, float]], fit: Fit) -> None:
        """How the untrained model does on validation, as step 0."""
        self.listen(
            EvaluationEvent(
                step=0,
                epoch=0.0,
                seconds=0.0,
                split="validation",
                metrics=metrics,
                losses=fit.losses,
                learned=fit.learned,
            )
        )

    def step(self, report: StepReport, learning_rate: float) -> None:
        """The step that the loop has just counted."""
        self.listen(
            StepEvent(
                step=self.loop.step,
                total_steps=self.loop.total_steps,
                epoch=self.loop.passes(self.loop.step),
                seconds=self.seconds,
                rows=self.loop.rows,
                losses=report.losses,
                weights=report.weights,
                shares=report.shares,
                total=report.total,
                learning_rate=learning_rate,
                effective_learning_rate=learning_rate * report.mean_weight,
            )
        )

    def gradients(self, found: GradientReport) -> None:
        """How the tasks pull in the step that goes on."""
        step = self.loop.step + 1
        self.listen(
            GradientEvent(
                step=step,
                epoch=self.loop.passes(step),
                seconds=self.seconds,
                norms=found.norms,
                cosines=found.cosines,
                by_part=found.by_part,
            )
        )

    def weights(self, before: Mapping[str, float], after: Mapping[str, float]) -> None:
        """Other task weights count from the next step on."""
        self.listen(
            WeightsEvent(
                step=self.loop.step,
                epoch=self.loop.passes(self.loop.step),
                seconds=self.seconds,
                before=dict(before),
                after=dict(after),
            )
        )

    def validation(
        self, metrics: dict[str, dict[str, float]], fit: Fit, monitor: float, is_best: bool
    ) -> None:
        """What validation showed after the last step."""
        self.listen(
            EvaluationEvent(
                step=self.loop.step,
                epoch=self.loop.passes(self.loop.step),
                seconds=self.seconds,
                split="validation",
                metrics=metrics,
                losses=fit.losses,
                learned=fit.learned,
                monitor=monitor,
                is_best=is_best,
                patience_left=self.loop.selection.patience_left,
            )
        )
