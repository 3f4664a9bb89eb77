"""CSV, TSV and their relatives as Arrow tables. No torch here.

Arrow settles a column's type over all of its rows: whole numbers, yes/no, dates, other numbers, else text.
Three things are mended: digits that are names (`007`, twenty-digit barcodes) stay text, a decimal comma
beside a semicolon is understood, and an error names the row.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from mtrec_core.data.encodings import to_utf8
from mtrec_core.data.file_formats import TableFile
from mtrec_core.data.layouts import Layout, find_layout
from mtrec_core.errors import DataError, EmptyTableError

NULLS = ["", "NULL", "\\N"]
"""Cells that are empty: nothing, and what databases write. `NA` and `n/a` are text: a country, a mistake."""

MAX_BLOCK_BYTES = (1 << 31) - 1
COUNTED_BYTES = 1 << 20
DIGITS_THAT_NAME = {"int64": r"^[+-]?0[0-9]", "double": r"^[+-]?(0[0-9]|[0-9]{16})[0-9]*$"}
"""Type that Arrow found -> what a cell looks like whose spelling a number would lose."""


def read_delimited(file: TableFile, wanted: Sequence[str] | None) -> pa.Table:
    """All rows of the wanted columns (None: all), in their order."""
    buffer = _without_leading_newlines(to_utf8(file.buffer))
    layout = find_layout(buffer, file)
    names = list(layout.names if wanted is None else wanted)
    table, layout = _read(buffer, layout, file, names)
    if table.num_rows == 0:
        raise EmptyTableError(f"{file.path.name} has a header but no rows.")
    as_names = _digits_that_name(buffer, layout, table)
    if as_names:
        spelled = arrow_csv.read_csv(pa.BufferReader(buffer), *_options(layout, as_names, as_text=True))
        for name in as_names:
            table = table.set_column(table.schema.get_field_index(name), name, spelled.column(name))
    return table


def delimited_columns(file: TableFile) -> list[str]:
    """The names in the header."""
    return list(find_layout(_without_leading_newlines(to_utf8(file.buffer)), file).names)


def _without_leading_newlines(buffer: pa.Buffer) -> pa.Buffer:
    head = buffer[:4096].to_pybytes()
    return buffer.slice(len(head) - len(head.lstrip(b"\r\n")))


def _read(buffer: pa.Buffer, layout: Layout, file: TableFile, names: list[str]) -> tuple[pa.Table, Layout]:
    """The table, and the layout that led to it in the end."""
    while True:
        try:
            table = arrow_csv.read_csv(pa.BufferReader(buffer), *_options(layout, names))
            if layout.quote is None or not _ends_inside_quotes(buffer, layout):
                return table, layout
            found, row = "a quotation mark opens and never closes", table.num_rows + 1
        except pa.ArrowInvalid as error:
            found, row = str(error).splitlines()[0], None
            if "straddl" in found and layout.block_bytes < min(buffer.size, MAX_BLOCK_BYTES):
                layout = replace(layout, block_bytes=min(layout.block_bytes * 8, MAX_BLOCK_BYTES))
                continue
        if layout.delimiter == "\t" and layout.quote:
            layout = replace(layout, quote=None)
            continue
        raise _row_error(buffer, layout, file, names, found, row)


def _options(
    layout: Layout, names: list[str], *, as_text: bool = False
) -> tuple[arrow_csv.ReadOptions, arrow_csv.ParseOptions, arrow_csv.ConvertOptions]:
    read = arrow_csv.ReadOptions(
        column_names=list(layout.names), skip_rows_after_names=1, block_size=layout.block_bytes
    )
    parse = arrow_csv.ParseOptions(
        delimiter=layout.delimiter,
        quote_char=layout.quote or False,
        newlines_in_values=layout.quote is not None,
    )
    convert = arrow_csv.ConvertOptions(
        null_values=NULLS,
        strings_can_be_null=True,
        decimal_point=layout.decimal,
        include_columns=names,
        column_types=dict.fromkeys(names, pa.string()) if as_text else None,
    )
    return read, parse, convert


def _ends_inside_quotes(buffer: pa.Buffer, layout: Layout) -> bool:
    """Whether the file ends in a quoted cell, in which Arrow hides all rows since without a word.

    Asked only when the number of quotation marks is odd: a row of wrong length is appended, and if nobody
    minds it, it was swallowed too.
    """
    signs = np.frombuffer(buffer, np.uint8)
    count = sum(
        int(np.count_nonzero(signs[start : start + COUNTED_BYTES] == ord('"')))
        for start in range(0, len(signs), COUNTED_BYTES)
    )
    if count % 2 == 0:
        return False
    probe = ("\n" + layout.delimiter * len(layout.names)).encode()
    reader = pa.BufferReader(pa.py_buffer(buffer.to_pybytes() + probe))
    try:
        arrow_csv.read_csv(reader, *_options(layout, list(layout.names[:1]), as_text=True))
    except pa.ArrowInvalid:
        return False
    return True


def _row_error(
    buffer: pa.Buffer, layout: Layout, file: TableFile, names: list[str], found: str, row: int | None
) -> DataError:
    """What is wrong and where; without a row, a second, single-threaded reading finds the first bad one."""
    name = file.path.name
    if row is not None:
        return DataError(f"{name}: {found}, in row {row}. Close it, or double it if it is part of the text.")
    wrong: list[arrow_csv.InvalidRow] = []

    def remember(row: arrow_csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    layout = replace(layout, block_bytes=min(max(buffer.size, layout.block_bytes), MAX_BLOCK_BYTES))
    read, parse, convert = _options(layout, names)
    read.use_threads = False
    parse.invalid_row_handler = remember
    try:
        arrow_csv.read_csv(pa.BufferReader(buffer), read, parse, convert)
    except pa.ArrowInvalid as error:
        found = str(error).splitlines()[0]
    if not wrong:
        if "straddl" in found:  # Arrow's word for a row without an end
            found = "no row ends where one should. Is it a text file? Export it as CSV"
        return DataError(f"{name} can't be read as a table: {found}.")
    bad = wrong[0]
    cells = f"{bad.actual_columns} cell{'s' if bad.actual_columns != 1 else ''}"
    problem = f"{name}: row {bad.number} has {cells} where the header has {bad.expected_columns}"
    if bad.text.count('"') % 2:
        return DataError(f"{problem}; a quotation mark opens there and never closes. Close it or double it.")
    sign = "tab" if layout.delimiter == "\t" else layout.delimiter
    return DataError(f"{problem} (cells are cut at '{sign}'); put texts that contain it in quotation marks.")


def _digits_that_name(buffer: pa.Buffer, layout: Layout, table: pa.Table) -> list[str]:
    """Columns of digits whose spelling matters, found by streaming the number columns once more."""
    kinds = {field.name: str(field.type) for field in table.schema}
    patterns = {name: DIGITS_THAT_NAME[kind] for name, kind in kinds.items() if kind in DIGITS_THAT_NAME}
    if not patterns:
        return []
    found: set[str] = set()
    options = _options(layout, list(patterns), as_text=True)
    with arrow_csv.open_csv(pa.BufferReader(buffer), *options) as batches:
        for batch in batches:
            for name in patterns.keys() - found:
                if pc.any(pc.match_substring_regex(batch.column(name), patterns[name])).as_py():
                    found.add(name)
    return [name for name in patterns if name in found]
