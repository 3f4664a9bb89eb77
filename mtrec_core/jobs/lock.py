"""A file that is locked as long as its process lives, such as a home's one supervisor. No torch here."""

import fcntl
from pathlib import Path
from typing import IO

from mtrec_core.errors import StorageError

LOCK_FILE = "supervisor.lock"


def take_lock(folder: Path, name: str = LOCK_FILE) -> IO[str] | None:
    """The open, locked file, to be kept; None where another process holds it. The system gives it back when
    the process ends, however that happens, and a process that it starts does not inherit it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / name).open("a", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"Can't write to {folder}: {error.strerror}. Let MTREC_HOME name another folder."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
