"""Where the time of a training goes, stage by stage. No torch here."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mtrec_core.training.events import EvaluationEvent, Event, ProgressEvent, StageEvent, StepEvent

Clock = Callable[[], float]

STAGES = ("reading", "encoding", "training", "evaluating", "writing")
"""Tables and encoder read from disk; texts to tokens and frozen vectors; steps; metrics; files of the run."""

OF_STAGE_EVENT = {
    "data": "reading",
    "text": "encoding",
    "before": "evaluating",
    "train": "training",
    "test": "evaluating",
    "baselines": "evaluating",
    "bundle": "writing",
}
"""`StageEvent.stage` of the program -> the stage that is charged from then on."""


class Stopwatch:
    """Adds up seconds per stage; the stages of one watch don't overlap."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self.clock = clock
        self.seconds = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Charges the block to a stage."""
        began = self.clock()
        try:
            yield
        finally:
            self.seconds[stage] += self.clock() - began


class RunWatch:
    """A listener that charges a run's time to stages by the events it hears.

    A validation within training lies between a step's event and its own, and is charged to `evaluating`.
    What comes before the first event and after the last is `writing`: the store and its records.
    """

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self.clock = clock
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.texts_read = 0
        self._stage = "writing"
        self._since = clock()

    def __call__(self, event: Event) -> None:
        """Hears one event."""
        if isinstance(event, StageEvent):
            self._charge(self._stage)
            self._stage = OF_STAGE_EVENT[event.stage]
        elif isinstance(event, StepEvent):
            self._charge(self._stage)
        elif isinstance(event, EvaluationEvent) and event.split == "validation":
            self._charge("evaluating")
        elif isinstance(event, ProgressEvent) and event.stage == "text":
            self.texts_read = max(self.texts_read, event.done)

    def stop(self) -> None:
        """Ends the watch; the rest since the last event is `writing`."""
        self._charge(self._stage)

    def _charge(self, stage: str) -> None:
        now = self.clock()
        self.seconds[stage] += now - self._since
        self._since = now
