"""How far a run is, read off the events that it tells. No torch here."""

from collections import deque

import psutil

from mtrec_core.store.records import RunProgress
from mtrec_core.training.events import EvaluationEvent, Event, ProgressEvent, StageEvent, StepEvent

SPEED_SECONDS = 30.0
"""Over how much training time the speed is taken."""


class ProgressMeter:
    """A listener that knows at any moment how far the run is. Another thread may ask."""

    def __init__(self) -> None:
        self._stage, self._text = "start", "Starting"
        self._done = self._total = 0
        self._patience_left: int | None = None
        self._first: StepEvent | None = None
        self._latest: StepEvent | None = None
        self._steps: deque[tuple[float, int]] = deque()
        """(seconds, rows) of the last steps."""
        self._process = psutil.Process()

    def __call__(self, event: Event) -> None:
        """Takes one event."""
        match event:
            case StageEvent():
                self._stage, self._text = event.stage, event.text
                self._done = self._total = 0
            case ProgressEvent():
                self._done, self._total = event.done, event.total
            case EvaluationEvent() if event.monitor is not None:
                self._patience_left = event.patience_left
            case StepEvent():
                self._first = self._first or event
                self._latest = event
                self._steps.append((event.seconds, event.rows))
                while self._steps[0][0] < event.seconds - SPEED_SECONDS:
                    self._steps.popleft()

    def now(self) -> RunProgress:
        """How far the run is."""
        memory = self._process.memory_info().rss
        step = self._latest
        if step is None:
            return RunProgress(
                stage=self._stage, text=self._text, done=self._done, total=self._total, memory_bytes=memory
            )
        return RunProgress(
            stage=self._stage,
            text=self._text,
            step=step.step,
            total_steps=step.total_steps,
            epoch=step.epoch,
            epochs=step.epoch / step.step * step.total_steps,
            rows_per_second=self._speed(),
            eta_seconds=self._eta() if self._stage == "train" else None,
            memory_bytes=memory,
            patience_left=self._patience_left,
            done=self._done,
            total=self._total,
        )

    def _speed(self) -> float | None:
        steps = list(self._steps)
        if len(steps) < 2 or steps[-1][0] <= steps[0][0]:
            return None
        return (steps[-1][1] - steps[0][1]) / (steps[-1][0] - steps[0][0])

    def _eta(self) -> float | None:
        """By the mean step of this process, its share of validations included."""
        first, latest = self._first, self._latest
        if first is None or latest is None or latest.step == first.step:
            return None
        per_step = (latest.seconds - first.seconds) / (latest.step - first.step)
        return per_step * (latest.total_steps - latest.step)
