"""Columns as keys, as numbers and as times, the same whatever type a file gave them. No torch here.

Rows are counted as a spreadsheet does: the header is row 1, the first row of data is row 2.
"""

from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.errors import DataError, WrongCellsError

FIRST_ROW = 2
"""Row number, for people, of position 0 of a column."""

MOST_WRONG_ROWS = 10
"""How many of the wrong cells an error carries."""

NO_TIME = np.iinfo(np.int64).min
"""What `times` gives for an empty cell: before everything else."""

DATE_FORMATS = ("%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y")
WHOLE_NUMBER = r"^[+-]?\d{1,18}$"
CLOCKS = ("", " %H:%M", " %H:%M:%S")

Column: TypeAlias = pa.ChunkedArray | pa.Array


def as_text(column: Column) -> pa.StringArray:
    """Keys and categories in one spelling: whole numbers without ".0", true/false, no blanks around.

    Null stays null, and "" becomes null.
    """
    array = _one_array(column)
    kind = array.type
    if pa.types.is_dictionary(kind):
        return as_text(array.dictionary).take(array.indices)
    if pa.types.is_floating(kind):
        return _float_text(array.cast(pa.float64()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = pc.utf8_trim_whitespace(array)
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)
    else:
        text = array.cast(pa.string())
    return text if pa.types.is_string(text.type) else text.cast(pa.string())


def numbers(column: Column, name: str = "") -> np.ndarray:
    """float64 with NaN for empty cells; booleans are 1 and 0.

    Raises DataError that names the first row and value which is no number.
    """
    array = _one_array(column)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        return np.asarray(array.cast(pa.float64(), safe=False).fill_null(np.nan), dtype=np.float64)
    text = as_text(array)
    values = pd.to_numeric(pd.Series(text.to_numpy(zero_copy_only=False), dtype=object), errors="coerce")
    result = values.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isnan(result) & np.asarray(text.is_valid()) & ~np.asarray(_says_nan(text))
    if wrong.any():
        raise _wrong_values(name, wrong, text, "numbers")
    return result


def times(column: Column, name: str = "") -> np.ndarray:
    """int64 that grows with time: whole numbers stay, dates become nanoseconds, an empty cell is NO_TIME.

    Numbers with a fraction lose it. Raises DataError for a text that is no date, or a date that could be two.
    """
    array = _one_array(column)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_integer(array.type):
        return np.asarray(array.cast(pa.int64(), safe=False).fill_null(NO_TIME))
    if pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        values = np.asarray(array.cast(pa.float64(), safe=False).fill_null(np.nan))
        return np.where(np.isfinite(values), np.floor(np.nan_to_num(values)), NO_TIME).astype(np.int64)
    if pa.types.is_temporal(array.type) and not pa.types.is_time(array.type):
        return _nanoseconds(array, name)
    if pa.types.is_null(array.type):
        return np.full(len(array), NO_TIME)
    return _text_times(as_text(array), name)


def _one_array(column: Column) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        if pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.cast(pa.large_string()).combine_chunks()
    return column


def _float_text(values: pa.Array) -> pa.StringArray:
    finite = pc.is_finite(values)
    values = pc.if_else(finite, values, pa.scalar(None, pa.float64()))
    whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**53))
    if pc.all(whole, min_count=0).as_py():
        return values.cast(pa.int64(), safe=False).cast(pa.string())
    as_whole = pc.if_else(whole, values, 0.0).cast(pa.int64(), safe=False).cast(pa.string())
    return pc.if_else(whole, as_whole, values.cast(pa.string()))


def _says_nan(text: pa.StringArray) -> pa.Array:
    return pc.fill_null(pc.equal(pc.utf8_lower(text), "nan"), False)


def _wrong_values(name: str, wrong: np.ndarray, text: pa.StringArray, what: str) -> WrongCellsError:
    first = np.flatnonzero(wrong)[:MOST_WRONG_ROWS]
    cells = tuple(text.take(pa.array(first)).to_pylist())
    rows = tuple(int(position) + FIRST_ROW for position in first)
    column = f"Column '{name}'" if name else "A column"
    count = int(wrong.sum())
    values = "value that is" if count == 1 else "values that are"
    message = f"{column} has {count} {values} not {what}, first in row {rows[0]}: '{cells[0]}'."
    return WrongCellsError(f"{message} Empty cells are allowed.", rows=rows, cells=cells, count=count)


def _nanoseconds(array: pa.Array, name: str) -> np.ndarray:
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"))
    try:
        moments = array.cast(pa.timestamp("ns", tz=getattr(array.type, "tz", None)))
    except pa.ArrowInvalid:
        raise _dates_out_of_range(name) from None
    return np.asarray(moments.cast(pa.int64()).fill_null(NO_TIME))


def _dates_out_of_range(name: str) -> DataError:
    return DataError(f"Column '{name}' holds dates outside the years 1677 to 2262; correct or empty them.")


def _text_times(text: pa.StringArray, name: str) -> np.ndarray:
    present = np.asarray(text.is_valid())
    cells = pd.Series(text.to_numpy(zero_copy_only=False), dtype=object)
    whole = pc.all(pc.match_substring_regex(text, WHOLE_NUMBER), min_count=0).as_py()
    if whole and not pc.all(pc.match_substring_regex(text, r"^(19|20)\d{6}$"), min_count=0).as_py():
        return np.asarray(pc.cast(text, pa.int64()).fill_null(NO_TIME))
    parsed = {"ISO 8601": pd.to_datetime(cells, format="ISO8601", utc=True, errors="coerce")}
    if (parsed["ISO 8601"].isna() & present).any():
        for date in DATE_FORMATS:
            for clock in CLOCKS:
                parsed[date + clock] = pd.to_datetime(cells, format=date + clock, utc=True, errors="coerce")
    fits = [moments for moments in parsed.values() if not (moments.isna() & present).any()]
    if not fits:
        unread = [np.asarray(moments.isna() & present) for moments in parsed.values()]
        unread.append(
            present & ~np.asarray(pc.fill_null(pc.match_substring_regex(text, WHOLE_NUMBER), False))
        )
        wrong = min(unread, key=lambda cells: int(cells.sum()))
        raise _wrong_values(name, wrong, text, "times such as 2024-01-31 18:30")
    if any(not fits[0].equals(other) for other in fits[1:]):
        raise DataError(
            f"Column '{name}' holds dates that could be day/month or month/day; write them as 2024-01-31."
        )
    try:
        stamps = fits[0].dt.tz_convert(None).astype("datetime64[ns]").to_numpy().astype(np.int64)
    except pd.errors.OutOfBoundsDatetime:
        raise _dates_out_of_range(name) from None
    return np.where(present, stamps, NO_TIME)


def normal_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column in one of the few types that the rest of the program meets.

    Whole numbers as int64, others as float64, bool, dates, timestamps, string, dictionary of string. Lists
    become text with `|` between the values, so that a list of tags reads as a cell of tags.
    """
    kind = column.type
    if pa.types.is_integer(kind):
        fits = not pa.types.is_uint64(kind) or (pc.max(column).as_py() or 0) <= np.iinfo(np.int64).max
        return column.cast(pa.int64() if fits else pa.string())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False)
    if any(
        keeps(kind)
        for keeps in (pa.types.is_boolean, pa.types.is_date, pa.types.is_timestamp, pa.types.is_string)
    ):
        return column
    if pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type):
        return column
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _texts(column.to_pylist())
    if pa.types.is_struct(kind) or pa.types.is_map(kind):
        return _texts(column.to_pylist())
    if pa.types.is_dictionary(kind):
        return normal_column(column.cast(kind.value_type))
    return column.cast(pa.string())


def column_of_values(values: list[object]) -> pa.ChunkedArray:
    """A column of Python cells: one type if all cells share it (whole numbers and others mix), else text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} or len(kinds) == 1:
        try:
            return normal_column(pa.chunked_array([pa.array(values)]))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass
    return _texts(values)


def _texts(values: list[object]) -> pa.ChunkedArray:
    cells = [None if value is None else _cell_text(value) for value in values]
    return pa.chunked_array([pa.array(cells, pa.string())])


def _cell_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return "|".join(_cell_text(part) for part in value)
    return str(value)
