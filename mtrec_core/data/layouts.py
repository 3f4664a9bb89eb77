"""How a text file is cut into cells: delimiter, quoting, decimal sign, column names. No torch here."""

import csv
import io
import re
from dataclasses import dataclass

import pyarrow as pa

from mtrec_core.data.file_formats import TableFile
from mtrec_core.errors import DataError, EmptyTableError

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_BYTES = 1 << 17
SAMPLE_ROWS = 200
BLOCK_BYTES = 1 << 23


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a text file is cut into cells."""

    delimiter: str
    quote: str | None
    decimal: str
    names: tuple[str, ...]
    block_bytes: int
    """How much Arrow cuts at once; a row has to fit."""


def find_layout(buffer: pa.Buffer, file: TableFile) -> Layout:
    """Delimiter, quoting, decimal sign and column names, from the first rows; DataError for a bad header."""
    sample = buffer[:SAMPLE_BYTES].to_pybytes().decode("utf-8", "ignore")
    if not sample.strip():
        raise EmptyTableError(f"{file.path.name} is empty; a table needs a header and at least one row.")
    if file.format == "recbole":
        delimiter, quote = "\t", None
    else:
        delimiter = _delimiter(sample)
        quote = None if delimiter == "\t" and _quotes_are_letters(sample) else '"'
    rows = _sample_rows(sample, delimiter, quote)
    names = _column_names(rows[0], file)
    comma = delimiter == ";" and _has_decimal_comma(rows[1:])
    decimal = "," if comma else "."
    return Layout(delimiter=delimiter, quote=quote, decimal=decimal, names=names, block_bytes=BLOCK_BYTES)


def _sample_rows(sample: str, delimiter: str, quote: str | None) -> list[list[str]]:
    lines = io.StringIO(sample, newline="")
    if quote:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows or [[sample.splitlines()[0]]]


def _delimiter(sample: str) -> str:
    """The sign that cuts the header in more than one and the rows like the header."""

    def fitness(delimiter: str) -> tuple[bool, float, int]:
        rows = _sample_rows(sample, delimiter, '"')
        width = len(rows[0])
        body = rows[1:-1] or rows[1:] or rows
        alike = sum(len(row) == width for row in body) / len(body)
        return width > 1, round(alike, 1), width

    return max(DELIMITERS, key=fitness)


def _column_names(header: list[str], file: TableFile) -> tuple[str, ...]:
    names = [name.strip() for name in header]
    if file.format == "recbole":
        names = [name.split(":")[0] for name in names]
    names = [name or f"column_{position}" for position, name in enumerate(names, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{file.path.name} has two columns called '{twice[0]}'; give each its own name.")
    return tuple(names)


def _has_decimal_comma(rows: list[list[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    comma = any(re.fullmatch(r"\s*[+-]?\d+,\d+\s*", cell) for cell in cells)
    return comma and not any(re.fullmatch(r"\s*[+-]?\d+\.\d+\s*", cell) for cell in cells)


def _quotes_are_letters(sample: str) -> bool:
    """Whether a tab-separated file has quotation marks that don't enclose cells, such as inch signs."""
    try:
        for _ in csv.reader(io.StringIO(sample, newline=""), delimiter="\t", strict=True):
            pass
    except csv.Error as error:
        return "expected after" in str(error)
    return False
