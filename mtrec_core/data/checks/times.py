"""Checks of time columns: plausible, complete, changing. No torch here."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.value_types import time_columns
from mtrec_core.data.checks.wording import share
from mtrec_core.data.issues import Issue, first_rows, level_of, shorten
from mtrec_core.data.reading import FIRST_ROW, NO_TIME

MANY_MISSING = 0.01
FIRST_YEAR = np.datetime64("1990-01-01", "ns")
LAST_YEAR = np.datetime64("2100-01-01", "ns")
ONE_DAY = np.timedelta64(1, "D")


def unit_of(column: pa.ChunkedArray, time_R: np.ndarray) -> int | None:
    """How many nanoseconds one step of a time column is; None for a mere order such as 0, 1, 2.

    Dates count nanoseconds. Numbers are taken for seconds, milli-, micro- or nanoseconds since 1970 if that
    puts most of them between 1990 and 2100.
    """
    if pa.types.is_temporal(column.type):
        return 1
    known = time_R[time_R != NO_TIME]
    if len(known) == 0:
        return None
    middle = int(np.median(known))
    for unit in (10**9, 10**6, 10**3, 1):
        if FIRST_YEAR.astype(int) <= middle * unit < LAST_YEAR.astype(int):
            return unit
    return None


def moment(value: int, unit: int | None) -> str:
    """A time as people write it; the number itself where it is a mere order."""
    if unit is None or abs(value) >= 2**63 // unit:
        return f"{value:,}"
    return str(np.datetime64(value * unit, "ns").astype("datetime64[s]")).replace("T", " ")


def is_early(time_R: np.ndarray, unit: int) -> np.ndarray:
    """bool [R]: before 1990; an empty cell is no time."""
    return (time_R != NO_TIME) & (time_R < FIRST_YEAR.astype(int) // unit)


def is_late(time_R: np.ndarray, unit: int) -> np.ndarray:
    """bool [R]: more than a day in the future."""
    return time_R > (np.datetime64("now", "ns") + ONE_DAY).astype(int) // unit


def implausible_time(material: Material) -> Iterator[Issue]:
    """Dates before 1990 or after tomorrow."""
    for file, column, purpose, task in time_columns(material):
        time_R = material.times(file, column)
        if time_R is None:
            continue
        unit = unit_of(material.tables.column(file, column), time_R)
        if unit is None:
            continue
        known, early, late = time_R != NO_TIME, is_early(time_R, unit), is_late(time_R, unit)
        wrong = np.flatnonzero(early | late)
        if len(wrong) == 0:
            continue
        parts = [f"{int(early.sum()):,} before 1990"] if early.any() else []
        parts += [f"{int(late.sum()):,} in the future"] if late.any() else []
        examples = shorten(moment(int(time_R[position]), unit) for position in wrong[:20])
        yield Issue(
            level="warning",
            code="implausible_time",
            task=task,
            table=file,
            column=column,
            rows=first_rows(wrong + FIRST_ROW),
            text=f"{share(len(wrong), int(known.sum()))} times in '{column}', {purpose}, are implausible: "
            f"{' and '.join(parts)}, such as {examples[0]}.",
            fix="Correct these dates or empty the cells. A wrong date puts a row into the wrong part of a "
            "split by time, and its event into the wrong histories.",
            examples=examples,
        )


def missing_times(material: Material) -> Iterator[Issue]:
    """Empty cells in a time column."""
    for file, column, purpose, task in time_columns(material):
        time_R = material.times(file, column)
        empty = np.flatnonzero(time_R == NO_TIME) if time_R is not None else np.zeros(0, np.int64)
        if time_R is None or len(empty) == 0:
            continue
        effect = "they count as older than all others" if task else "these events are left out"
        yield Issue(
            level=level_of(len(empty), len(time_R), MANY_MISSING),
            code="missing_times",
            task=task,
            table=file,
            column=column,
            rows=first_rows(empty + FIRST_ROW),
            text=f"{share(len(empty), len(time_R))} rows of {file} have no '{column}', {purpose}; {effect}.",
            fix="Fill in the times or drop these rows."
            if len(empty) < len(time_R)
            else "Take `time` out of dataset.toml, or name the column that holds it.",
        )


def constant_time(material: Material) -> Iterator[Issue]:
    """A time column with one value."""
    for file, column, purpose, task in time_columns(material):
        time_R = material.times(file, column)
        if time_R is None:
            continue
        known = time_R[time_R != NO_TIME]
        if len(known) < 2 or known.min() != known.max():
            continue
        unit = unit_of(material.tables.column(file, column), time_R)
        yield Issue(
            level="warning",
            code="constant_time",
            task=task,
            table=file,
            column=column,
            text=f"'{column}', {purpose}, is {moment(int(known[0]), unit)} in all rows of {file}; nothing "
            "can be ordered by it.",
            fix="Name the column with the true time, perhaps one with the hour; or take `time` out of "
            "dataset.toml.",
        )
