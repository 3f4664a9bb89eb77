"""What a run tells while it goes on: its state in the store, its log, and whoever listens. No torch here."""

import json
import time
from collections.abc import Sequence

from mtrec_core.jobs.logs import LOG_FILE
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import IllegalTransition, RunState
from mtrec_core.store.store import Store
from mtrec_core.training.events import (
    EvaluationEvent,
    Event,
    Listener,
    MessageEvent,
    StageEvent,
    StepEvent,
    WeightsEvent,
)

STEP_LINE_SECONDS = 20.0
"""At least so long between two lines of the log about steps."""

BEFORE = "before"
"""Kind of the event that holds the test metrics of the untrained model, for a process that goes on later."""


class Watch:
    """A listener that tells the others, and keeps the run's state and its log."""

    def __init__(self, run: RunRecord, store: Store, listeners: Sequence[Listener]) -> None:
        self.run = run
        self.store = store
        self.listeners = listeners
        self.steps_told = time.monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageEvent) and event.stage == "train":
            self._running()
        if isinstance(event, EvaluationEvent) and event.step == 0 and event.split == "test":
            self.store.add_event(self.run.id, BEFORE, event.metrics)
        self._log(event)
        for listener in self.listeners:
            listener(event)

    def _running(self) -> None:
        try:
            self.store.change_state(self.run.id, RunState.RUNNING)
        except IllegalTransition:
            if self.store.get_run(self.run.id).state is not RunState.STOPPING:  # asked to while it started
                raise

    def _log(self, event: Event) -> None:
        match event:
            case EvaluationEvent():
                text = f"step {event.step} {event.split} {json.dumps(event.metrics)}"
            case WeightsEvent():
                text = f"step {event.step} weights from now on {json.dumps(event.after)}"
            case StageEvent() | MessageEvent():
                text = event.text
            case StepEvent() if time.monotonic() - self.steps_told >= STEP_LINE_SECONDS:
                self.steps_told = time.monotonic()
                text = f"step {event.step} of {event.total_steps}, loss {event.total:.4f}"
            case _:
                return
        with (self.run.folder / LOG_FILE).open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
