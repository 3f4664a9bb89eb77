"""What a column looks like, from its cells: the numbers that detection decides by. No torch here."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.reading import as_text
from mtrec_core.data.roles import (
    IMAGE_WORDS,
    SPLIT_NAMES,
    SPLIT_VALUES,
    TAG_WORDS,
    TEXT_WORDS,
    TIME_WORDS,
    has_word,
    words_of,
)

Cells = Literal["whole", "number", "yes_no", "time", "text"]

SAMPLE_CELLS = 20_000
TAG_SIGNS = ("|", ";", ",")
YES_NO = (
    frozenset({"0", "1"}),
    frozenset({"true", "false"}),
    frozenset({"yes", "no"}),
    frozenset({"y", "n"}),
)
"""The pairs of values that a binary label may have without naming which is yes."""


@dataclass(frozen=True, kw_only=True)
class ColumnLook:
    """One column of a table, measured."""

    name: str
    cells: Cells
    rows: int
    present: int
    """Cells that are not empty."""
    values: pa.StringArray
    """The distinct cells as text."""
    words_per_cell: float
    """Mean over a sample; 0 for columns that hold no text."""
    separator: str | None
    """What stands between the tags of a cell, None for other columns."""
    numeric_share: float
    """Share of the distinct texts that are numbers: just below 1 in a dirty column of numbers."""

    @property
    def distinct(self) -> int:
        """How many different cells there are."""
        return len(self.values)

    @property
    def repeats(self) -> float:
        """Mean number of rows with the same cell."""
        return self.present / max(1, self.distinct)

    @property
    def is_unique(self) -> bool:
        """Whether every row has a cell of its own, as in a key."""
        return self.present == self.rows and self.distinct == self.rows

    @cached_property
    def value_set(self) -> frozenset[str]:
        """The distinct cells in lower case; ask only for columns with few."""
        return frozenset(value.lower() for value in self.values.to_pylist())

    @property
    def is_yes_no(self) -> bool:
        """Whether the cells are 0/1, true/false, yes/no."""
        return self.distinct == 2 and self.value_set in YES_NO

    @property
    def is_split(self) -> bool:
        """Whether the cells say train or test."""
        if self.distinct < 2 or not has_word(self.name, SPLIT_NAMES) or self.distinct > len(SPLIT_VALUES):
            return False
        return self.value_set <= SPLIT_VALUES

    @property
    def is_time(self) -> bool:
        """Whether the cells are moments, or numbers that a name calls so."""
        if self.cells == "time":
            return True
        named = has_word(self.name, TIME_WORDS) and not has_word(self.name, frozenset({"year"}))
        return named and self.cells in ("whole", "number") and self.distinct > 50

    @property
    def is_prose(self) -> bool:
        """Whether the cells are texts to read rather than names of classes."""
        if self.cells != "text" or self.separator or self.is_image or self.distinct < 3:
            return False
        if self.words_per_cell >= 4 and self.repeats < 20:
            return True
        if has_word(self.name, TEXT_WORDS):
            return self.words_per_cell >= 1.3 and self.distinct > 20
        return self.words_per_cell >= 2 and self.distinct > 200 and self.repeats < 3

    @property
    def is_image(self) -> bool:
        """Whether the cells are addresses of pictures."""
        if self.cells != "text":
            return False
        sample = self.values[:50].to_pylist()
        picture = sum(
            bool(re.search(r"\.(jpe?g|png|gif|webp)(\?.*)?$", cell, re.IGNORECASE)) for cell in sample
        )
        address = sum(cell.startswith(("http://", "https://")) for cell in sample)
        return picture > len(sample) / 2 or (has_word(self.name, IMAGE_WORDS) and address > len(sample) / 2)

    @property
    def is_code(self) -> bool:
        """Whether the cells are identifiers: one word each, hardly repeated."""
        return self.cells == "text" and self.words_per_cell < 1.3 and self.repeats < 3 and self.distinct > 50


def look_at(name: str, column: pa.ChunkedArray) -> ColumnLook:
    """Measure a column as `data.reading.read_table` returns it."""
    present = len(column) - column.null_count
    values = as_text(pc.unique(column)).drop_null().unique()
    kind = column.type
    cells: Cells = "text"
    if pa.types.is_integer(kind):
        cells = "whole"
    elif pa.types.is_floating(kind):
        cells = "number"
    elif pa.types.is_boolean(kind):
        cells = "yes_no"
    elif pa.types.is_temporal(kind):
        cells = "time"
    sample = values[:SAMPLE_CELLS]
    if cells == "text" and len(sample) and _share(sample, r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d)?") > 0.99:
        cells = "time"
    return ColumnLook(
        name=name,
        cells=cells,
        rows=len(column),
        present=present,
        values=values,
        words_per_cell=_words_per_cell(sample) if cells == "text" and len(sample) else 0.0,
        separator=_separator(name, sample) if cells == "text" and len(sample) else None,
        numeric_share=_share(sample, r"^[+-]?\d+([.,]\d+)?$") if cells == "text" and len(sample) else 0.0,
    )


def _share(texts: pa.StringArray, pattern: str) -> float:
    return float(pc.mean(pc.cast(pc.match_substring_regex(texts, pattern), pa.float64())).as_py())


def _words_per_cell(texts: pa.StringArray) -> float:
    spaces = pc.count_substring_regex(pc.utf8_trim_whitespace(texts), r"\s+")
    return float(np.asarray(spaces).mean()) + 1


def _separator(name: str, texts: pa.StringArray) -> str | None:
    """The sign between tags: cells split by it into few different, often repeated short parts."""
    for sign in TAG_SIGNS:
        several = pc.match_substring(texts, sign)
        share = float(pc.mean(pc.cast(several, pa.float64())).as_py())
        called_tags = has_word(name, TAG_WORDS)
        if share < (0.1 if called_tags else 0.3 if sign == "|" else 0.5):
            continue
        parts = pc.list_flatten(pc.split_pattern(texts, sign))
        parts = pc.utf8_trim_whitespace(parts)
        often = len(parts) / max(1, pc.count_distinct(parts).as_py())
        short = float(pc.mean(pc.cast(pc.utf8_length(parts), pa.float64())).as_py()) < 30
        tidy = sign == "|" or called_tags or len(words_of(name)) == 0
        if often >= 3 and short and tidy:
            return sign
    return None
