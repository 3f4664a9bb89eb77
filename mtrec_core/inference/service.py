"""The process that holds trained models and answers over a local socket; see `inference.service_protocol`.

    python -m mtrec_core.inference.service --home FOLDER --address SOCKET

Pages start it when they need it (`inference.service_client`); it ends by itself when nothing was asked for a
while. One per home: a second one sees the first one's lock and leaves. It holds at most two models.
"""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import socketserver
import struct
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from mtrec_core.errors import MtrecError, UserError
from mtrec_core.inference.asked_json import to_json
from mtrec_core.inference.service_models import FileJobs, Models, in_words, say
from mtrec_core.inference.service_protocol import (
    ERRORS,
    IDLE_SECONDS,
    read_line,
    service_folder,
    write_line,
)
from mtrec_core.inference.service_table import QUESTIONS

if TYPE_CHECKING:
    pass

DAYS_KEPT = 7
"""Uploaded tables and their predictions are removed after so many days."""


class _Idle(Exception):
    """Nothing was asked for so long that the process ends."""


class Service(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A thread per question; the models take turns."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: Path, home: Path, idle_seconds: float) -> None:
        before = os.umask(0o177)
        try:
            super().__init__(str(address), _Handler)
        finally:
            os.umask(before)
        self.home = home
        self.models = Models(home / "vectors")
        self.jobs = FileJobs()
        self.idle_seconds = idle_seconds
        self._asked = time.monotonic()
        self._open = 0
        self._turn = threading.Lock()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Only processes of the same user are heard, whatever the folder's rights say."""
        if not hasattr(socket, "SO_PEERCRED"):
            return True
        size = struct.calcsize("3i")
        _, user, _ = struct.unpack("3i", request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return bool(user == os.getuid())

    def service_actions(self) -> None:
        """Called about twice a second."""
        quiet = time.monotonic() - self._asked
        if not self._open and not self.jobs.is_busy and quiet > self.idle_seconds:
            raise _Idle

    def answer(self, content: dict[str, Any]) -> dict[str, Any]:
        """One question's answer, an error as a sentence."""
        with self._turn:
            self._open += 1
        began = time.perf_counter()
        try:
            return {"result": self._result(content), "seconds": time.perf_counter() - began}
        except MtrecError as error:
            name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in ERRORS)
            return {"error": name, "text": str(error)}
        except Exception as error:
            say(f"asked {content.get('ask')}:\n{traceback.format_exc()}")
            return {"error": "MtrecError", "text": in_words(error)}
        finally:
            with self._turn:
                self._open -= 1
                self._asked = time.monotonic()

    def _result(self, content: dict[str, Any]) -> Any:
        ask, arguments = content.get("ask"), content.get("arguments") or {}
        if ask == "stop":
            threading.Thread(target=self.shutdown, daemon=True).start()
            return None
        if ask == "hello":
            return {"pid": os.getpid()}
        if ask == "progress":
            return to_json(self.jobs.progress(arguments["target"]))
        model = self.models.get(Path(content["model"]))
        if ask == "predict_file":
            source, target = Path(arguments["source"]), Path(arguments["target"])
            return to_json(self.jobs.start(model, arguments["task"], source, target, arguments["n"]))
        if ask not in QUESTIONS:
            raise UserError(f"Unknown question {ask!r}; known here: {', '.join(QUESTIONS)}.")
        return QUESTIONS[ask](model, arguments)


class _Handler(socketserver.StreamRequestHandler):
    """One connection; it may ask more than once."""

    def handle(self) -> None:
        service = cast(Service, self.server)
        reading, writing = cast(BinaryIO, self.rfile), cast(BinaryIO, self.wfile)
        try:
            while (content := read_line(reading)) is not None:
                write_line(writing, service.answer(content))
        except ValueError as error:
            write_line(writing, {"error": "UserError", "text": f"The question can't be read: {error}."})
        except OSError:
            say("a page left before its answer")


def _locked(path: Path) -> BinaryIO | None:
    """The open lock file, held until the process ends; None when another process holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _remove_old_uploads(home: Path) -> None:
    oldest = time.time() - DAYS_KEPT * 24 * 3600
    for folder in (service_folder(home) / "uploads").glob("*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _ended(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def main(arguments: list[str] | None = None) -> int:
    """Listens until it is idle, told to stop or terminated; 0 also when another process does it already."""
    parser = argparse.ArgumentParser(prog="mtrec_core.inference.service", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--address", type=Path, required=True)
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS)
    given = parser.parse_args(arguments)
    home, address = given.home.resolve(), given.address
    lock = _locked(address.with_suffix(".lock"))
    if lock is None:
        say("another process listens already")
        return 0
    address.unlink(missing_ok=True)  # left by one that was killed
    signal.signal(signal.SIGTERM, _ended)
    try:
        with Service(address, home, given.idle_seconds) as service:
            say(f"process {os.getpid()} listens for {home}")
            _remove_old_uploads(home)
            service.serve_forever(poll_interval=min(0.5, given.idle_seconds / 4))
    except _Idle:
        say(f"nothing was asked for {given.idle_seconds:g} s: the end")
    finally:
        address.unlink(missing_ok=True)
        lock.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
