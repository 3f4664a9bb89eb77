"""Asks the process that holds trained models, and starts it when it is not there. No torch here."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

from mtrec_core.errors import MtrecError, StorageError
from mtrec_core.home import Home
from mtrec_core.inference.service_protocol import (
    ERRORS,
    IDLE_SECONDS,
    log_path,
    outdated_sockets,
    read_line,
    socket_path,
    write_line,
)

START_SECONDS = 60.0
"""How long a process may take until it listens."""
ANSWER_SECONDS = 300.0
"""How long an answer may take, with the loading of the model."""
BIG_LOG = 2**20

_starting = threading.Lock()


class ServiceError(MtrecError):
    """The model's process can't be started or does not answer; the message says what to do."""


class _Gone(Exception):
    """The other side closed the connection before it answered."""


def stop_service(home: Home) -> None:
    """Ends the process of a home, if there is one; its models leave the memory."""
    _stop(socket_path(home.root))


def ask_service(home: Home, content: dict[str, Any], idle_seconds: float = IDLE_SECONDS) -> Any:
    """The result of one question. The process is started if need be, and once more if it ended meanwhile."""
    address = socket_path(home.root)
    for last in (False, True):
        try:
            try:
                answer = _exchange(address, content, ANSWER_SECONDS)
            except (FileNotFoundError, ConnectionRefusedError):
                _start(home, address, idle_seconds)
                answer = _exchange(address, content, ANSWER_SECONDS)
        except TimeoutError:
            raise ServiceError(
                f"The model did not answer within {ANSWER_SECONDS:g} s; the machine may be busy. Try again "
                f"in a while. Its log: {log_path(home.root)}"
            ) from None
        except (OSError, _Gone):
            if last:
                raise _ended_while_answering(home) from None
            continue  # it may have ended because it was idle, at just that moment
        if "error" in answer:
            raise ERRORS.get(answer["error"], MtrecError)(answer["text"])
        return answer["result"]
    raise AssertionError("the second round answers or raises")


def _stop(address: Path) -> None:
    try:
        _exchange(address, {"ask": "stop"}, 5.0)
    except (OSError, _Gone):
        address.unlink(missing_ok=True)  # left by a process that was killed


def _exchange(address: Path, content: dict[str, Any], seconds: float) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(seconds)
        line.connect(str(address))
        with line.makefile("rwb") as file:
            both = cast(BinaryIO, file)
            write_line(both, content)
            answer = read_line(both)
    if answer is None:
        raise _Gone
    return answer


def _start(home: Home, address: Path, idle_seconds: float) -> None:
    """Starts the process, detached, with its output in a file; waits until it listens."""
    with _starting:
        if _listens(address):
            return
        log = log_path(home.root)
        for outdated in outdated_sockets(address):
            _stop(outdated)
        arguments = ["--home", str(home.root), "--address", str(address), "--idle-seconds", str(idle_seconds)]
        mode = "wb" if log.is_file() and log.stat().st_size > BIG_LOG else "ab"
        try:
            with log.open(mode) as output:
                process = subprocess.Popen(
                    [sys.executable, "-m", "mtrec_core.inference.service", *arguments],
                    cwd=Path(__file__).resolve().parents[2],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise StorageError(f"The model's process can't be started: {error.strerror} ({log}).") from None
        threading.Thread(target=process.wait, daemon=True).start()  # so that its end leaves no zombie
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if _listens(address):
                return
            if process.poll() not in (None, 0):
                raise ServiceError(
                    f"The model's process ended as it started: {_last_line(log)} The whole log: {log}"
                )
            time.sleep(0.02)
        raise ServiceError(
            f"The model's process did not start within {START_SECONDS:g} s; the machine may be busy. Try "
            f"again in a while. Its log: {log}"
        )


def _listens(address: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(1.0)
            line.connect(str(address))
    except OSError:
        return False
    return True


def _ended_while_answering(home: Home) -> ServiceError:
    log = log_path(home.root)
    return ServiceError(
        "The model's process ended before it answered; the machine may be short of memory. Last it said: "
        f"{_last_line(log)} The whole log: {log}"
    )


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return "nothing."
    return lines[-1] if lines else "nothing."
