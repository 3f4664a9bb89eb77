"""What a file holds, by its first bytes and its name, and its bytes without gzip. No torch here."""

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mtrec_core.errors import DataError, EmptyTableError

if TYPE_CHECKING:
    import pyarrow as pa  # large, and who receives an upload only asks for names

Format = Literal["delimited", "recbole", "jsonl", "parquet", "xlsx"]

FORMATS_BY_SUFFIX: dict[str, Format] = {
    ".csv": "delimited",
    ".tsv": "delimited",
    ".txt": "delimited",
    ".tab": "delimited",
    ".inter": "recbole",
    ".item": "recbole",
    ".user": "recbole",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
}
"""Ending of the name, less `.gz` -> format."""

GZIP_MARK = b"\x1f\x8b"
ZIP_MARK = b"PK\x03\x04"
OTHER_FILES: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "a Parquet table"),
    (ZIP_MARK, "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x7fELF", "a program"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
)
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
HEAD_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class TableFile:
    """A file, unpacked, and what it holds."""

    path: Path
    format: Format
    buffer: "pa.Buffer"


def open_table_file(path: Path, *, head_only: bool = False) -> TableFile:
    """The bytes of a table and their format; `head_only` reads the first megabyte of text files.

    Raises DataError for a file that is missing, empty, of unknown kind, or not what its name says.
    """
    file_format = format_of_name(path)
    whole = not head_only or file_format in ("parquet", "xlsx")
    buffer = _read(path, None if whole else HEAD_BYTES)
    if buffer.size == 0:
        raise EmptyTableError(f"{path.name} is empty; a table needs a header and at least one row.")
    _check_contents(path, file_format, buffer)
    return TableFile(path=path, format=file_format, buffer=buffer)


def check_start(path: Path) -> None:
    """Hold the first bytes of a file against what its name promises, as `open_table_file` does.

    Never unpacks more than a megabyte, so that a file from outside can't fill the memory.
    """
    file_format = format_of_name(path)
    if file_format in ("parquet", "xlsx") and not is_packed(path):
        open_table_file(path)
        return
    head = _read(path, HEAD_BYTES)
    if head.size == 0:
        raise EmptyTableError(f"{path.name} is empty; a table needs a header and at least one row.")
    if file_format != "xlsx" or not head[:4].to_pybytes().startswith(ZIP_MARK):
        _check_contents(path, file_format, head)


def is_packed(path: Path) -> bool:
    """Whether a file is gzip, whatever its name says."""
    with path.open("rb") as stream:
        return stream.read(2) == GZIP_MARK


def format_of_name(path: Path) -> Format:
    """The format that a name promises; DataError for an ending that is not known."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    ending = suffixes[-1] if suffixes else ""
    if ending not in FORMATS_BY_SUFFIX:
        known = ", ".join(FORMATS_BY_SUFFIX)
        raise DataError(f"{path.name} doesn't end like a table; known here: {known}, each also with .gz.")
    return FORMATS_BY_SUFFIX[ending]


def _read(path: Path, limit: int | None) -> "pa.Buffer":
    import pyarrow as pa

    try:
        if is_packed(path):
            with gzip.open(path) as unpacked:
                return pa.py_buffer(unpacked.read() if limit is None else unpacked.read(limit))
        if limit is not None:
            with path.open("rb") as stream:
                return pa.py_buffer(stream.read(limit))
        if path.stat().st_size == 0:
            return pa.py_buffer(b"")
        return pa.memory_map(str(path)).read_buffer()
    except FileNotFoundError:
        hint = "check its name, and `tables` in dataset.toml"
        raise DataError(f"{path} doesn't exist; {hint}.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} is a damaged gzip file ({error}); download or pack it again.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.") from None


def _check_contents(path: Path, file_format: Format, buffer: "pa.Buffer") -> None:
    head = buffer[: 1 << 16].to_pybytes()
    found = next((title for magic, title in OTHER_FILES if head.startswith(magic)), None)
    if file_format == "parquet":
        if found != "a Parquet table":
            raise DataError(f"{path.name} ends in .parquet but holds {found or 'something else'}.")
    elif file_format == "xlsx":
        if not _is_workbook(buffer):
            raise DataError(
                f"{path.name} ends in .xlsx but is not an Excel workbook; save it again as .xlsx."
            )
    elif found:
        raise DataError(
            f"{path.name} should hold text but is {found}; give it its right ending or export it as CSV."
        )
    elif b"\x00" in head and not head.startswith(UTF16_MARKS) and not _is_utf16_without_mark(head):
        raise DataError(f"{path.name} should hold text but is a binary file; export it as CSV or Parquet.")


def _is_workbook(buffer: "pa.Buffer") -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(buffer)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _is_utf16_without_mark(head: bytes) -> bool:
    """Whether every second byte is mostly zero, as in western text written as UTF-16."""
    half = max(1, len(head) // 2)
    zeros = sorted((head[0::2].count(0) / half, head[1::2].count(0) / half))
    return zeros[0] < 0.1 and zeros[1] > 0.7
