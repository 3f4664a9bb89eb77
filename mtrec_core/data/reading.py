"""Tables from files: CSV, TSV, Parquet, JSON Lines, Excel, RecBole's, plain or gzip. No torch here."""

import difflib
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mtrec_core.data.columns import FIRST_ROW, NO_TIME, as_text, normal_column, numbers, times
from mtrec_core.data.delimited import delimited_columns, read_delimited
from mtrec_core.data.file_formats import FORMATS_BY_SUFFIX, TableFile, open_table_file
from mtrec_core.data.json_lines import json_lines_columns, read_json_lines
from mtrec_core.data.xlsx import read_xlsx, xlsx_columns
from mtrec_core.errors import DataError, EmptyTableError

__all__ = [
    "FIRST_ROW",
    "FORMATS_BY_SUFFIX",
    "NO_TIME",
    "as_text",
    "numbers",
    "read_table",
    "table_columns",
    "times",
]


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """All rows of a table, or of the named columns, in the file's order.

    Whole numbers come as int64, others as float64, yes/no as bool, dates and moments as date32 and timestamp,
    all else as string (or dictionary of string). A column whose cells disagree about their type is text.
    Raises DataError for a file that is missing, empty, broken or of unknown kind, and for a column it lacks.
    """
    file = open_table_file(path)
    if columns is not None:
        _check_columns(path, columns, _columns_of(file))
    table = _read(file, columns)
    if table.num_rows == 0:
        raise EmptyTableError(f"{path.name} has a header but no rows.")
    return pa.table({name: normal_column(table.column(name)) for name in table.column_names})


def table_columns(path: Path) -> list[str]:
    """The names of a table's columns, from the start of the file."""
    return _columns_of(open_table_file(path, head_only=True))


def _read(file: TableFile, columns: Sequence[str] | None) -> pa.Table:
    wanted = None if columns is None else list(columns)
    match file.format:
        case "parquet":
            try:
                return pq.read_table(pa.BufferReader(file.buffer), columns=wanted)
            except (pa.ArrowException, OSError) as error:
                raise _damaged_parquet(file, error) from None
        case "xlsx":
            return read_xlsx(file, wanted)
        case "jsonl":
            return read_json_lines(file, wanted)
        case _:
            return read_delimited(file, wanted)


def _columns_of(file: TableFile) -> list[str]:
    match file.format:
        case "parquet":
            try:
                return list(pq.read_schema(io.BytesIO(file.buffer)).names)
            except (pa.ArrowException, OSError) as error:
                raise _damaged_parquet(file, error) from None
        case "xlsx":
            return xlsx_columns(file)
        case "jsonl":
            return json_lines_columns(file)
        case _:
            return delimited_columns(file)


def _damaged_parquet(file: TableFile, error: Exception) -> DataError:
    found = str(error).splitlines()[0]
    return DataError(f"{file.path.name} is a damaged Parquet file ({found}); write it again.")


def _check_columns(path: Path, wanted: Sequence[str], known: list[str]) -> None:
    for name in wanted:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise DataError(f"{path.name} has no column '{name}'; its columns are: {', '.join(known)}.{hint}")
