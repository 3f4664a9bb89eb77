"""Uploads that wait on the disk until a page takes them: which sessions may bring some, and where they lie.

No torch, no streamlit here.

HOME/incoming/5f0c.../a1b2c3...    one upload to one page server, under a name of ours
HOME/incoming/5f0c.../lock         held by that server as long as it lives
"""

import shutil
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from mtrec_core.errors import StorageError
from mtrec_core.home import Home
from mtrec_core.jobs.lock import take_lock

LOCK_FILE = "lock"
GRACE = 300.0
"""Seconds that uploads outlive a lost connection; Streamlit gives a session up after 120 without one."""


@dataclass(kw_only=True)
class Waiting:
    """What one session brought and no page has let go yet."""

    uploads: dict[str, Path | StorageError] = field(default_factory=dict)
    """Streamlit's id of the upload -> where it lies, or why it doesn't."""
    left: float | None = None
    """When the session lost its connection (monotonic seconds); None while it has one."""


class Incoming:
    """All uploads to this page server. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._sessions: dict[str, Waiting] = {}
        self._guard = threading.Lock()
        self._folder: Path | None = None
        self._lock: IO[str] | None = None

    def open(self, home: Home) -> Path:
        """The folder for this server's uploads; making it removes those of servers that are gone."""
        with self._guard:
            if self._folder is None or not self._folder.is_dir():
                for folder in [path for path in home.incoming.iterdir() if path.is_dir()]:
                    _remove_unheld(folder)
                folder = home.incoming / uuid.uuid4().hex
                self._lock = take_lock(folder, LOCK_FILE)
                self._folder = folder
            return self._folder

    def admit(self, session: str) -> None:
        """From now on, or again, the session may bring uploads."""
        self._sessions.setdefault(session, Waiting()).left = None

    def admits(self, session: str) -> bool:
        """Whether a page has admitted the session."""
        return session in self._sessions

    def leave(self, session: str) -> None:
        """The session lost its connection; its uploads wait a while for it to come back."""
        if session in self._sessions:
            self._sessions[session].left = time.monotonic()

    def keep(self, session: str, upload: str, arrived: Path | StorageError) -> None:
        """Remembers what became of an upload, in place of an earlier one with the same id."""
        self.drop(session, upload)
        waiting = self._sessions.get(session)
        if waiting is not None:
            waiting.uploads[upload] = arrived
        elif isinstance(arrived, Path):
            arrived.unlink(missing_ok=True)

    def find(self, session: str, upload: str) -> Path | StorageError | None:
        """Where an upload lies, or why it doesn't; None for one that didn't come this way."""
        waiting = self._sessions.get(session)
        return waiting.uploads.get(upload) if waiting else None

    def drop(self, session: str, upload: str) -> None:
        """Forgets an upload and removes it."""
        waiting = self._sessions.get(session)
        arrived = waiting.uploads.pop(upload, None) if waiting else None
        if isinstance(arrived, Path):
            arrived.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Removes what sessions brought that lost their connection longer than GRACE ago."""
        oldest = time.monotonic() - GRACE
        for session, waiting in list(self._sessions.items()):
            if waiting.left is not None and waiting.left < oldest:
                for upload in list(waiting.uploads):
                    self.drop(session, upload)
                del self._sessions[session]

    def close(self) -> None:
        """Removes all that waits, at the server's end."""
        self._sessions.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
        self._folder = self._lock = None


def _remove_unheld(folder: Path) -> None:
    held = take_lock(folder, LOCK_FILE)
    if held is not None:
        shutil.rmtree(folder, ignore_errors=True)
        held.close()


INCOMING = Incoming()
"""Those of this process, which both its upload route and its pages know."""
