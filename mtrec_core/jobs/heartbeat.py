"""The thread by which a run shows that it lives and hears what people ask of it. No torch here."""

import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from mtrec_core.errors import StorageError
from mtrec_core.store.records import ProcessRecord, RunProgress
from mtrec_core.store.store import Store

BEAT_SECONDS = 1.0


class Heartbeat:
    """A context manager: within the block, a sign of life with the run's progress each second.

    `leader` is the process that the supervisor started and watches; without one it is the calling process. A
    database that is locked or away is left alone until the next beat: what matters to the run itself meets it
    elsewhere, and there it is told.
    """

    def __init__(
        self,
        run_id: str,
        store: Store,
        leader: ProcessRecord | None,
        progress: Callable[[], RunProgress],
        look: Callable[[], None],
    ) -> None:
        self._run_id = run_id
        self._store = store
        self._process = (leader.pid, leader.create_time, leader.host) if leader else None
        self._progress = progress
        self._look = look
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"heartbeat-{run_id}", daemon=True)

    def beat(self) -> None:
        """One sign of life, and a look at what was asked."""
        with suppress(StorageError):
            self._store.beat(self._run_id, self._progress(), process=self._process)
            self._look()

    def __enter__(self) -> "Heartbeat":
        self.beat()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        with suppress(StorageError):  # how far it came; a wish that comes now comes too late
            self._store.beat(self._run_id, self._progress(), process=self._process)

    def _work(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            self.beat()
