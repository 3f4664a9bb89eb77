"""What people ask of a running run, on its way from the store to the loop. No torch here."""

import signal
import threading
import time
from collections.abc import Iterable, Mapping, Sequence

from mtrec_core.store.database import DatabaseBusyError
from mtrec_core.store.records import EventRecord
from mtrec_core.store.store import Store
from mtrec_core.training.events import Event, StageEvent, WeightsEvent

PATIENCE_SECONDS = 60.0
"""How long a locked database is tried again before a change of weights ends the run."""

Change = tuple[int, dict[str, float]]
"""(steps done, weights from the next step on)"""


class Wishes:
    """The commands of one run: `look` asks the store for them, the loop asks `stop_asked` and `new_weights`.

    A wish to stop is taken from the store when it is seen, changed weights when the loop has applied them, so
    that none is lost with the process. `replay` are changes that an earlier process made after the checkpoint
    from which this one goes on: they come again at the same steps, until a newer wish takes their place.
    """

    def __init__(self, run_id: str, store: Store, replay: Sequence[Change] = ()) -> None:
        self._run_id = run_id
        self._store = store
        self._replay = list(replay)
        self._asked: tuple[tuple[int, ...], dict[str, float]] | None = None
        self._applying: tuple[int, ...] | None = None
        self._known: set[int] = set()
        self._in_loop = False
        self._stop = False
        self._lock = threading.Lock()

    def look(self) -> None:
        """Asks the store; for the thread of the heart beat."""
        for command in self._store.pending_commands(self._run_id):
            if command.kind == "stop":
                self._store.settle_commands([command.id])
                self._ask_to_stop()
            elif command.kind == "weights" and command.id not in self._known:
                self._known.add(command.id)
                with self._lock:
                    ids, weights = self._asked or ((), {})
                    self._asked = ((*ids, command.id), weights | command.payload["weights"])

    def stop_asked(self) -> bool:
        """Whether the loop should keep a checkpoint and end."""
        return self._stop

    def new_weights(self, step: int) -> Mapping[str, float] | None:
        """Task weights from the next step on, where someone asked for others."""
        with self._lock:
            asked, self._asked = self._asked, None
        if asked is not None:
            self._applying, weights = asked
            self._replay.clear()
            return weights
        if self._replay and self._replay[0][0] <= step:
            return self._replay.pop(0)[1]
        return None

    def listen(self, event: Event) -> None:
        """Writes down what the loop applied, and learns whether the loop is on."""
        if isinstance(event, StageEvent):
            self._in_loop = event.stage == "train"
        elif isinstance(event, WeightsEvent) and self._applying is not None:
            commands, self._applying = self._applying, None
            self._write(event, commands)

    def _write(self, event: WeightsEvent, commands: tuple[int, ...]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._store.change_weights(
                    self._run_id, step=event.step, before=event.before, after=event.after, settles=commands
                )
                return
            except DatabaseBusyError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.2)

    def _ask_to_stop(self) -> None:
        """The loop ends after its step; any other stage has nothing to keep and is interrupted, as by a
        termination signal, where the program listens to those."""
        self._stop = True
        if not self._in_loop and callable(signal.getsignal(signal.SIGTERM)):
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGTERM)


def changes_after(events: Iterable[EventRecord], step: int) -> list[Change]:
    """The changes of weights that a run goes through again after its checkpoint of a step.

    One that was asked for at an earlier step than another, but later in time, replaces it.
    """
    changes: list[Change] = []
    for event in events:
        if event.kind == "weights":
            at = int(event.payload["step"])
            changes = [change for change in changes if change[0] < at]
            changes.append((at, dict(event.payload["after"])))
    return [change for change in changes if change[0] >= step]
