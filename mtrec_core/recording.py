"""Training events to the store's metric points. No torch here."""

from mtrec_core.store.curve_names import COSINE, PART_COSINE
from mtrec_core.store.writer import PointWriter
from mtrec_core.training.events import EvaluationEvent, Event, GradientEvent, StepEvent

POINTS_PER_CURVE = 2000
"""A longer run records every n-th step only, so that a curve stays about this long."""
DENSE_STEPS = 100
"""So many steps at the beginning are all recorded, and from then on this many per doubling at least, so that
a run of any length shows a curve at once."""


def is_recorded(step: int, total_steps: int) -> bool:
    """Whether a step is recorded: all of the first, every second after 200, every third after 300, and so on
    until as many are left out as keep a curve short; and the last one."""
    every = min(max(1, total_steps // POINTS_PER_CURVE), max(1, step // DENSE_STEPS))
    return step % every == 0 or step == total_steps


class Recorder:
    """A listener that writes losses, weights, shares, metrics and gradients; of these, steps are thinned."""

    def __init__(self, writer: PointWriter) -> None:
        self.writer = writer

    def __call__(self, event: Event) -> None:
        """Stages and messages are not points; they go into the run's events elsewhere."""
        if isinstance(event, StepEvent):
            if is_recorded(event.step, event.total_steps):
                self._step(event)
        elif isinstance(event, EvaluationEvent):
            for split, found in ((event.split, event.metrics), ("train", event.learned)):
                for task, metrics in found.items():
                    for name, value in metrics.items():
                        self._add(event, name, value, task, split)
            for task, loss in event.losses.items():
                self._add(event, "loss", loss, task, event.split)
            if event.monitor is not None:
                self._add(event, "monitor", event.monitor, "", event.split)
        elif isinstance(event, GradientEvent):
            for task, norm in event.norms.items():
                self._add(event, "gradient_norm", norm, task, "train")
            for (task, other), cosine in event.cosines.items():
                self._add(event, f"{COSINE}{other}", cosine, task, "train")
            for part, cosines in event.by_part.items():
                for (task, other), cosine in cosines.items():
                    self._add(event, f"{PART_COSINE}{part}:{other}", cosine, task, "train")

    def _step(self, event: StepEvent) -> None:
        for task, loss in event.losses.items():
            self._add(event, "loss", loss, task, "train")
            self._add(event, "weight", event.weights[task], task, "train")
            self._add(event, "share", event.shares[task], task, "train")
        self._add(event, "total_loss", event.total, "", "train")
        self._add(event, "learning_rate", event.learning_rate, "", "train")
        self._add(event, "effective_learning_rate", event.effective_learning_rate, "", "train")

    def _add(
        self,
        event: StepEvent | EvaluationEvent | GradientEvent,
        name: str,
        value: float,
        task: str,
        split: str,
    ) -> None:
        self.writer.add(
            name, value, step=event.step, task=task, split=split, epoch=event.epoch, seconds=event.seconds
        )
