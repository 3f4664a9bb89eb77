"""CSV, TSV and their relatives as Arrow tables. No torch here.

Arrow settles a column's type over all of its rows: whole numbers, yes/no, dates, other numbers, else text.
Three things are mended: digits that are names (`007`, twenty-digit barcodes) stay text, a decimal comma
beside a semicolon is understood, and an error names the row.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from mtrec_core.data.encodings import to_utf8
from mtrec_core.data.file_formats import TableFile
from mtrec_core.errors import DataError, EmptyTableError

DELIMITERS = (",", ";", "\t", "|")
NULLS = ["", "NULL", "\\N"]
"""Cells that are empty: nothing, and what databases write. `NA` and `n/a` are text: a country, a mistake."""

SAMPLE_CHARACTERS = 1 << 17
SAMPLE_ROWS = 200
BLOCK_BYTES = 1 << 23
MAX_BLOCK_BYTES = (1 << 31) - 1
DIGITS_THAT_NAME = {"int64": r"^[+-]?0[0-9]", "double": r"^[+-]?(0[0-9]|[0-9]{16})[0-9]*$"}
"""Type that Arrow found -> what a cell looks like whose spelling a number would lose."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a text file is cut into cells."""

    delimiter: str
    quote: str | None
    decimal: str
    names: tuple[str, ...]


def read_delimited(file: TableFile, wanted: Sequence[str] | None) -> pa.Table:
    """All rows of the wanted columns (None: all), in their order."""
    buffer = _without_leading_newlines(to_utf8(file.buffer))
    layout = find_layout(buffer, file)
    names = list(layout.names if wanted is None else wanted)
    table = _read(buffer, layout, file, names, {})
    if table.num_rows == 0:
        raise EmptyTableError(f"{file.path.name} has a header but no rows.")
    as_names = _digits_that_name(buffer, layout, table)
    if as_names:
        spelled = _read(buffer, layout, file, as_names, dict.fromkeys(as_names, pa.string()))
        for name in as_names:
            table = table.set_column(table.schema.get_field_index(name), name, spelled.column(name))
    return table


def delimited_columns(file: TableFile) -> list[str]:
    """The names in the header."""
    return list(find_layout(_without_leading_newlines(to_utf8(file.buffer)), file).names)


def find_layout(buffer: pa.Buffer, file: TableFile) -> Layout:
    """Delimiter, quoting, decimal sign and column names, from the first rows; DataError for a bad header."""
    sample = buffer[:SAMPLE_CHARACTERS].to_pybytes().decode("utf-8", "ignore")
    if not sample.strip():
        raise EmptyTableError(f"{file.path.name} is empty; a table needs a header and at least one row.")
    if file.format == "recbole":
        delimiter, quote = "\t", None
    else:
        delimiter, quote = _delimiter(sample), '"'
    rows = _sample_rows(sample, delimiter, quote)
    names = _column_names(rows[0], file)
    comma = delimiter == ";" and _has_decimal_comma(rows[1:])
    return Layout(delimiter=delimiter, quote=quote, decimal="," if comma else ".", names=names)


def _without_leading_newlines(buffer: pa.Buffer) -> pa.Buffer:
    head = buffer[:4096].to_pybytes()
    return buffer.slice(len(head) - len(head.lstrip(b"\r\n")))


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


def _read(
    buffer: pa.Buffer, layout: Layout, file: TableFile, names: list[str], types: dict[str, pa.DataType]
) -> pa.Table:
    block = BLOCK_BYTES
    while True:
        try:
            return arrow_csv.read_csv(pa.BufferReader(buffer), *_options(layout, names, types, block))
        except pa.ArrowInvalid as error:
            if "straddl" in str(error) and block < min(buffer.size, MAX_BLOCK_BYTES):
                block = min(block * 8, MAX_BLOCK_BYTES)
                continue
            if layout.delimiter == "\t" and layout.quote:
                layout = Layout(delimiter="\t", quote=None, decimal=layout.decimal, names=layout.names)
                continue
            raise _row_error(buffer, layout, file, names, str(error)) from None


def _options(
    layout: Layout, names: list[str], types: dict[str, pa.DataType], block: int
) -> tuple[arrow_csv.ReadOptions, arrow_csv.ParseOptions, arrow_csv.ConvertOptions]:
    return (
        arrow_csv.ReadOptions(column_names=list(layout.names), skip_rows_after_names=1, block_size=block),
        arrow_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote or False,
            newlines_in_values=layout.quote is not None,
        ),
        arrow_csv.ConvertOptions(
            null_values=NULLS,
            strings_can_be_null=True,
            decimal_point=layout.decimal,
            include_columns=names,
            column_types=types,
        ),
    )


def _row_error(buffer: pa.Buffer, layout: Layout, file: TableFile, names: list[str], found: str) -> DataError:
    """The first row that can't be cut like the header, found by a second, single-threaded reading."""
    wrong: list[arrow_csv.InvalidRow] = []

    def remember(row: arrow_csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    read, parse, convert = _options(layout, names, {}, min(max(buffer.size, BLOCK_BYTES), MAX_BLOCK_BYTES))
    read.use_threads = False
    parse.invalid_row_handler = remember
    try:
        arrow_csv.read_csv(pa.BufferReader(buffer), read, parse, convert)
    except pa.ArrowInvalid as error:
        found = str(error)
    name = file.path.name
    if not wrong:
        return DataError(f"{name} can't be read as a table: {found.splitlines()[0]}")
    row = wrong[0]
    cells = f"{row.actual_columns} cell{'s' if row.actual_columns != 1 else ''}"
    problem = f"{name}: row {row.number} has {cells} where the header has {row.expected_columns}"
    if row.text.count('"') % 2:
        return DataError(f"{problem}; a quotation mark opens there and never closes. Close it or double it.")
    sign = "tab" if layout.delimiter == "\t" else layout.delimiter
    return DataError(f"{problem} (cells are cut at '{sign}'); put texts that contain it in quotation marks.")


def _digits_that_name(buffer: pa.Buffer, layout: Layout, table: pa.Table) -> list[str]:
    """Columns of digits whose spelling matters, found by streaming the number columns once more."""
    kinds = {field.name: str(field.type) for field in table.schema}
    patterns = {name: DIGITS_THAT_NAME[kind] for name, kind in kinds.items() if kind in DIGITS_THAT_NAME}
    if not patterns:
        return []
    options = _options(layout, list(patterns), dict.fromkeys(patterns, pa.string()), BLOCK_BYTES)
    found: set[str] = set()
    with arrow_csv.open_csv(pa.BufferReader(buffer), *options) as batches:
        for batch in batches:
            for name in patterns.keys() - found:
                if pc.any(pc.match_substring_regex(batch.column(name), patterns[name])).as_py():
                    found.add(name)
    return [name for name in patterns if name in found]
