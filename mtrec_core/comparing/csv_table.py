"""Tables as CSV that a spreadsheet opens without running anything. No torch here."""

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula."""


def safe_cell(value: object) -> object:
    """A text that would be a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def to_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with a mark at its start, by which spreadsheets tell it; column names are made safe, too."""
    safe = table.copy()
    safe.columns = pd.Index([safe_cell(str(name)) for name in safe.columns])
    for position, dtype in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            safe.isetitem(position, safe.iloc[:, position].map(safe_cell))
    return safe.to_csv(index=False).encode("utf-8-sig")
