"""Tables from outside: spooled to disk in pieces, under safe names, judged before use. No torch here.

`spool` never holds more of a file than one piece, and `adopt` reads only its head. What a file unpacks to is
measured by `check_unpacked` without keeping any of it, since a small gzip file can hold more than the memory.
"""

import errno
import gzip
import os
import re
import shutil
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from mtrec_core.data.file_formats import FORMATS_BY_SUFFIX, check_start, format_of_name, is_packed
from mtrec_core.errors import DataError, StorageError

PIECE_BYTES = 4 << 20
SPARE_DISK = 512 << 20
"""Free space that is left on the disk for everything else."""
MOST_UNPACKED = 32 << 30
"""More than this no gzip file may hold."""
BOMB_BYTES = 1 << 30
BOMB_RATIO = 200
"""A gzip file that holds more than BOMB_BYTES and so many times its own size was made to do harm: tables
shrink to a fifth, rarely to a fiftieth."""
MOST_WORKBOOK = 2 << 30
"""More than this an Excel workbook may not unpack to."""
ROOT_VARIABLE = "MTREC_DATA_ROOT"
"""Environment variable: paths given on the page must lie below this folder. Unset, any path will do that the
server may read."""

ENDINGS = tuple(sorted({*FORMATS_BY_SUFFIX, ".gz"}))
"""What an upload may end in."""


class Pieces(Protocol):
    """Anything that is read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end."""
        ...


def safe_name(name: str) -> str:
    """A file name without folders and without signs that mean something to a shell or a template.

    DataError for a name that doesn't end like a table.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = unicodedata.normalize("NFKC", last)
    plain = re.sub(r"[^\w.\- ]+", "_", plain).strip().lstrip(".").replace(" ", "_")
    stem, dot, ending = plain.partition(".")
    plain = f"{(stem or 'table')[:80]}{dot}{ending[-40:]}"
    format_of_name(Path(plain))
    return plain


def spool(pieces: Pieces, name: str, folder: Path, size: int | None = None) -> Path:
    """Write an upload to `folder` under its safe name, whole or not at all; the path.

    The first bytes are compared with what the name promises. DataError for another kind of file and for a
    name that is taken; StorageError when the disk is too full.
    """
    with _arriving(name, folder) as (part, path):
        if size is not None:
            check_room(path.name, size, folder)
        with part.open("wb") as out:
            while piece := pieces.read(PIECE_BYTES):
                out.write(piece)
    return path


def adopt(upload: Path, name: str, folder: Path) -> Path:
    """The same for an upload that lies on the disk, and stays there: what `folder` gets is a second name of
    that file, or a copy where the disk knows no second names."""
    with _arriving(name, folder) as (part, path):
        try:
            part.hardlink_to(upload)
        except OSError:
            shutil.copyfile(upload, part)
    return path


def check_room(name: str, size: int, folder: Path) -> None:
    """StorageError when the disk can't take so many bytes."""
    free = shutil.disk_usage(folder).free
    if size + SPARE_DISK > free:
        raise StorageError(
            f"{name} has {size / 2**30:.1f} GiB, but only {free / 2**30:.1f} GiB are free in {folder}. "
            "Free some space, or set MTREC_HOME to a folder on another disk."
        )


def unwritten(name: str, error: OSError) -> StorageError:
    """What to say of an upload that the disk did not take."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            f"The disk became full while {name} was written; free some space, or set MTREC_HOME to "
            "a folder on another disk."
        )
    return StorageError(f"{name} can't be written: {error.strerror or error}.")


@contextmanager
def _arriving(name: str, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Where to write an upload, and where it then lies if it is what its name says."""
    path = folder / safe_name(name)
    if path.exists():
        raise DataError(f"There is a table {path.name} already; give each table a name of its own.")
    # The ending stays: by it the format is known while the file still has its working name.
    part = folder / f".{uuid.uuid4().hex}-{path.name}"
    try:
        yield part, path
        _check_start(part, path.name)
        part.rename(path)
    except OSError as error:
        raise unwritten(path.name, error) from None
    finally:
        part.unlink(missing_ok=True)


def _check_start(part: Path, name: str) -> None:
    try:
        check_start(part)
    except DataError as error:
        raise type(error)(str(error).replace(part.name, name)) from None


def check_unpacked(path: Path) -> int:
    """How many bytes a table has once unpacked; DataError for one that would fill the memory.

    Takes as long as unpacking does, and a piece of memory.
    """
    whole = _gzip_bytes(path) if is_packed(path) else path.stat().st_size
    return _workbook_bytes(path) if format_of_name(path) == "xlsx" else whole


def _gzip_bytes(path: Path) -> int:
    packed, whole = path.stat().st_size, 0
    try:
        with gzip.open(path) as stream:
            while piece := stream.read(PIECE_BYTES):
                whole += len(piece)
                if whole > MOST_UNPACKED or (whole > BOMB_BYTES and whole > BOMB_RATIO * packed):
                    raise DataError(
                        f"{path.name} has {packed / 2**20:.1f} MiB and unpacks to more than "
                        f"{whole / 2**30:.1f} GiB; that is no table. If it is one, bring it as Parquet."
                    )
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} is a damaged gzip file ({error}); pack it again.") from None
    return whole


def _workbook_bytes(path: Path) -> int:
    try:
        with (
            gzip.open(path) if is_packed(path) else path.open("rb") as stream,
            zipfile.ZipFile(stream) as archive,
        ):
            whole = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise DataError(f"{path.name} is a damaged Excel workbook; save it again.") from None
    if whole > MOST_WORKBOOK:
        raise DataError(
            f"{path.name} unpacks to {whole / 2**30:.1f} GiB, too much for a workbook; save it as CSV."
        )
    return whole


def server_tables(given: str, environment: Mapping[str, str] | None = None) -> list[Path]:
    """The tables that a path on this machine names: one file, or all tables of a folder.

    DataError for a path that isn't there, holds no table, or lies outside MTREC_DATA_ROOT where that is set.
    """
    variables = os.environ if environment is None else environment
    path = Path(given.strip()).expanduser()
    if not given.strip() or not path.is_absolute():
        raise DataError("Give the whole path on the server, beginning with /, such as /data/shop/orders.csv.")
    path = path.resolve()
    root = variables.get(ROOT_VARIABLE)
    if root and not path.is_relative_to(Path(root).expanduser().resolve()):
        raise DataError(f"{path} lies outside {root}; this server takes tables from there only.")
    try:
        if path.is_file():
            format_of_name(path)
            return [path]
        found = sorted(item for item in path.iterdir() if item.is_file() and _is_table(item))
    except FileNotFoundError:
        raise DataError(f"There is no {path} on the server; check the spelling.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read by the server: {error.strerror or error}.") from None
    if not found:
        raise DataError(f"{path} holds no table; tables end in {', '.join(ENDINGS)}.")
    return found


def _is_table(path: Path) -> bool:
    try:
        format_of_name(path)
    except DataError:
        return False
    return not path.name.startswith(".") and path.suffix not in (".txt",)
