"""A run's log: one file with what it told and what its processes printed. No torch here."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mtrec_core.store.records import RunRecord

LOG_FILE = "run.log"
BLOCK = 64 * 1024


def tail(run: RunRecord, lines: int = 200) -> str:
    """The last lines of a run's log; "" before it wrote any."""
    return last_lines(run.folder / LOG_FILE, lines)


def last_lines(path: Path, lines: int) -> str:
    """The last lines of a file, read from its end, so that its length doesn't matter; "" without the file."""
    try:
        with path.open("rb") as file:
            place = file.seek(0, os.SEEK_END)
            data = b""
            while place > 0 and data.count(b"\n") <= lines:
                step = min(BLOCK, place)
                place = file.seek(place - step)
                data = file.read(step) + data
    except FileNotFoundError:
        return ""
    return "\n".join(data.decode("utf-8", "replace").splitlines()[-lines:])


def follow(path: Path, is_over: Callable[[], bool], pause: float = 0.5) -> Iterator[str]:
    """What is appended to a file from now on, piece by piece, until `is_over` and all is read."""
    place = path.stat().st_size if path.exists() else 0
    while True:
        over = is_over()
        if path.exists():
            with path.open("rb") as file:
                file.seek(place)
                data = file.read()
            if data:
                place += len(data)
                yield data.decode("utf-8", "replace")
        if over:
            return
        time.sleep(pause)
