"""The supervisor's process: `python -m mtrec_core.jobs.supervise`. No torch here.

A termination signal or Ctrl-C ends it; its runs go on.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from mtrec_core.errors import MtrecError, StorageError
from mtrec_core.home import Home
from mtrec_core.jobs.config import load_settings
from mtrec_core.jobs.launchers import build_launcher
from mtrec_core.jobs.lock import take_lock
from mtrec_core.jobs.slots import find_slots
from mtrec_core.jobs.supervisor import TICK_SECONDS, Supervisor
from mtrec_core.store.store import Store

TROUBLE_SECONDS = 5.0
"""Pause after a refusal of the database, before it is tried again."""


def supervise(home: Home, tell: Callable[[str], None]) -> bool:
    """Supervises until it is asked to end; False when another process does so already."""
    lock = take_lock(home.root)
    if lock is None:
        return False
    over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        over.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        settings = load_settings(home)
        slots = find_slots(settings)
        with Store.open(home.database_url) as store:
            supervisor = Supervisor(store, home, settings, build_launcher(settings.launcher), slots)
            supervisor.adopt()
            tell(f"Supervising {home.root} with {', '.join(slots)}; {len(supervisor.jobs)} runs adopted.")
            while not over.is_set():
                pause = TICK_SECONDS
                try:
                    supervisor.tick()
                except StorageError as error:  # runs go on meanwhile
                    tell(str(error))
                    pause = TROUBLE_SECONDS
                over.wait(pause)
            supervisor.leave()
            tell(f"Ended; {len(supervisor.jobs)} runs go on.")
    finally:
        lock.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    return True


def main() -> int:
    """Everything is told on standard output, which is the supervisor's log when it is detached."""

    def tell(sentence: str) -> None:
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {sentence}", flush=True)

    try:
        if not supervise(Home.from_environment(), tell):
            tell("Another supervisor is at work here already.")
    except MtrecError as error:
        tell(f"Error: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
