"""Work too heavy for the page's server: a process, a log, an answer on disk. No torch here.

    answer = ask(folder, key, "mtrec_core.data.desk", ["examine", "data/shop"])

starts the process on the first call and returns at once, as do later calls, until the answer is there. It
stays for whoever asks the same key, over reloads and restarts of the page's server.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from mtrec_core.errors import StorageError

KEPT_SECONDS = 30 * 86_400.0
"""Answers that nobody asked for this long are deleted."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Those that this process started, so that they don't stay as zombies."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How far the work is, and what came of it."""

    state: Literal["working", "done", "failed"]
    content: dict[str, Any]
    """What the process wrote; {} unless done."""
    problem: str = ""
    """Why there is no answer, or what the process itself has to object to."""
    seconds: float = 0.0
    """Since it was begun, while it works."""


def ask(folder: Path, key: str, module: str, arguments: Sequence[str]) -> Answer:
    """The answer under `key`, or how far it is; begins `python -m module ANSWER arguments` where nothing is
    there.

    A process that ended without an answer is `failed` until `forget` is called.
    """
    answer = look(folder, key)
    if answer is not None:
        return answer
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        # Two tabs may ask at once; only one of them makes this file.
        claim = os.open(_claim(folder, key), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return Answer(state="working", content={})
    except OSError as error:
        raise StorageError(f"Can't write to {folder}: {error.strerror or error}. Free some space.") from None
    with os.fdopen(claim, "w") as handle, _log(folder, key).open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", module, str(_answer(folder, key)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_environment(),
        )
        _children[child.pid] = child
        json.dump({"pid": child.pid, "began": time.time(), "created": _created(child.pid)}, handle)
    return Answer(state="working", content={})


def look(folder: Path, key: str) -> Answer | None:
    """The same without beginning anything; None where nothing was asked."""
    _reap()
    found = _read(_answer(folder, key))
    if found is not None:
        _claim(folder, key).unlink(missing_ok=True)
        return Answer(state="done", content=found, problem=str(found.get("problem", "")))
    if not _claim(folder, key).exists():
        return None
    claim = _read(_claim(folder, key))
    if claim is None:  # another tab is just writing it
        return Answer(state="working", content={})
    if _lives(claim):
        return Answer(state="working", content={}, seconds=time.time() - claim["began"])
    found = _read(_answer(folder, key))  # it may have ended between the two looks
    if found is not None:
        return Answer(state="done", content=found, problem=str(found.get("problem", "")))
    return Answer(state="failed", content={}, problem=_last_words(_log(folder, key)))


def forget(folder: Path, key: str) -> None:
    """Ends the work if it goes on, and removes its answer, so that it may be asked anew."""
    claim = _read(_claim(folder, key))
    if claim is not None and _lives(claim):
        try:
            for process in [
                *psutil.Process(claim["pid"]).children(recursive=True),
                psutil.Process(claim["pid"]),
            ]:
                process.kill()
        except psutil.Error:
            pass
    for path in (_answer(folder, key), _claim(folder, key), _log(folder, key)):
        path.unlink(missing_ok=True)


def _answer(folder: Path, key: str) -> Path:
    return folder / f"{key}.json"


def _claim(folder: Path, key: str) -> Path:
    return folder / f"{key}.claim"


def _log(folder: Path, key: str) -> Path:
    return folder / f"{key}.log"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _environment() -> dict[str, str]:
    """The child finds the project wherever the server was started, and leaves a core to the page."""
    project = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{project}{os.pathsep}{path}" if path else project}


def _created(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def _lives(claim: dict[str, Any]) -> bool:
    try:
        process = psutil.Process(claim["pid"])
        same = abs(process.create_time() - claim["created"]) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _reap() -> None:
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)


def _last_words(log: Path) -> str:
    """The last line of a log that says something."""
    try:
        lines = log.read_bytes()[-4000:].decode("utf-8", "replace").split("\n")
    except OSError:
        lines = []
    return next((line.strip() for line in reversed(lines) if line.strip()), "It ended without a word.")


def _sweep(folder: Path) -> None:
    old = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
