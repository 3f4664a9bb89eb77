"""How a page and the process that holds models speak: one JSON line asks, one answers. No torch here.

The socket lies in a folder that only its owner may enter, and its name depends on the home and on the
program's files: after an update the pages start a new process instead of asking the old one.

| line | keys |
|---|---|
| asks | ask (a row of `inference.service_table`), model (folder of a bundle, or ""), arguments |
| answers | result, seconds (how long the answer took); or error (a name of ERRORS), text |
"""

import hashlib
import json
import os
import stat
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from mtrec_core import __version__
from mtrec_core.errors import DataError, MtrecError, StorageError, UserError

PROTOCOL = 1
MOST_BYTES = 64 * 2**20
"""Of one line; more is refused, so that nobody fills the memory."""
LONGEST_ADDRESS = 100
"""Bytes that a socket's path may have on every system."""
IDLE_SECONDS = 900.0
"""The process ends when nothing was asked for so long."""

ERRORS: dict[str, type[MtrecError]] = {
    "UserError": UserError,
    "DataError": DataError,
    "StorageError": StorageError,
    "MtrecError": MtrecError,
}


def socket_path(home: Path) -> Path:
    """Where the process of a home listens. StorageError when the folder belongs to somebody else."""
    program = _digest(f"{__version__}|{PROTOCOL}|{_program_stamp()}")
    return _private_folder() / f"{_digest(str(home))}-{program}.sock"


def outdated_sockets(address: Path) -> list[Path]:
    """Where processes of the same home, but of the program as it was before, may still listen."""
    of_home = address.name.split("-")[0]
    return [path for path in address.parent.glob(f"{of_home}-*.sock") if path != address]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def service_folder(home: Path) -> Path:
    """Log and uploads, below the home; only for its owner."""
    folder = home / "service"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            f"Can't make the folder {folder}: {error.strerror}. Free some space or allow writing there, "
            "or let MTREC_HOME name another folder."
        ) from None
    return folder


def log_path(home: Path) -> Path:
    """What the process prints."""
    return service_folder(home) / "model-service.log"


def write_line(file: BinaryIO, content: dict[str, Any]) -> None:
    """One JSON line; OSError when the other side is gone."""
    file.write(json.dumps(content, ensure_ascii=False).encode() + b"\n")
    file.flush()


def read_line(file: BinaryIO) -> dict[str, Any] | None:
    """The next line; None at the end. ValueError for what is no JSON object or too long."""
    line = file.readline(MOST_BYTES)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise ValueError(f"a line is cut off or longer than {MOST_BYTES:,} bytes")
    content = json.loads(line)
    if not isinstance(content, dict):
        raise ValueError("a line is no JSON object")
    return content


def _private_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    if len(os.fsencode(base)) > LONGEST_ADDRESS - 40:
        base = "/tmp"
    folder = Path(base) / f"mtrec-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise StorageError(
            f"Can't make the folder {folder} for the model's socket: {error.strerror}. Let XDG_RUNTIME_DIR "
            "name a folder that you may write to."
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StorageError(
            f"{folder} is not a folder that only you may enter, so the model's socket can't lie there. "
            "Remove it, or let XDG_RUNTIME_DIR name a folder of your own."
        )
    return folder


@cache
def _program_stamp() -> int:
    """When a file that the process runs last changed, in nanoseconds."""
    package = Path(__file__).resolve().parents[1]
    files = [
        path for part in ("data", "inference", "model", "text") for path in (package / part).glob("*.py")
    ]
    return max(path.stat().st_mtime_ns for path in files)
