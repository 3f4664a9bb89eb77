"""The first sheet of an Excel workbook as an Arrow table. No torch here."""

import io
import zipfile
from collections.abc import Iterator, Sequence

import pyarrow as pa

from mtrec_core.data.columns import column_of_values
from mtrec_core.data.file_formats import TableFile
from mtrec_core.errors import DataError, EmptyTableError

ERROR_CELLS = frozenset({"#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
"""What Excel shows where a formula failed; such a cell is empty."""


def read_xlsx(file: TableFile, wanted: Sequence[str] | None) -> pa.Table:
    """All rows of the first sheet below its first row, which is the header."""
    rows = _rows(file)
    names = _header(rows, file)
    cells: list[list[object]] = [[] for _ in names]
    for row in rows:
        if all(value is None for value in row):
            continue
        for position, column in enumerate(cells):
            column.append(_value(row[position]) if position < len(row) else None)
    columns = dict(zip(names, cells, strict=True))
    return pa.table({name: column_of_values(columns[name]) for name in wanted or names})


def xlsx_columns(file: TableFile) -> list[str]:
    """The names in the header."""
    return _header(_rows(file), file)


def _rows(file: TableFile) -> Iterator[tuple[object, ...]]:
    import openpyxl  # few tables are workbooks, and the first page would wait for it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(file.buffer), read_only=True, data_only=True)
        yield from book.worksheets[0].iter_rows(values_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError) as error:
        raise DataError(f"{file.path.name} is a damaged Excel workbook ({error}); save it again.") from None


def _header(rows: Iterator[tuple[object, ...]], file: TableFile) -> list[str]:
    first = next((row for row in rows if any(value is not None for value in row)), ())
    while first and first[-1] is None:
        first = first[:-1]
    names = [str(name or f"column_{position}").strip() for position, name in enumerate(first, start=1)]
    if not names:
        raise EmptyTableError(f"{file.path.name} is empty; its first sheet needs a header and rows.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{file.path.name} has two columns called '{twice[0]}'; give each its own name.")
    return names


def _value(value: object) -> object:
    return None if value == "" or (isinstance(value, str) and value in ERROR_CELLS) else value
