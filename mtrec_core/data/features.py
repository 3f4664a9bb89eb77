"""Categorical and numeric columns as arrays, with what was learned from the training rows. No torch here.

Shape suffixes: N = rows, C = categorical columns, F = numeric columns (with their "is missing" flags).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.keys import code_column, recode
from mtrec_core.data.reading import numbers, times
from mtrec_core.errors import DataError

CLIP = 5.0
"""Standardised numbers lie between -CLIP and CLIP."""
MIXED_DISTINCT = 100
"""A column of numbers with at most so many distinct values is taken as categories by `fit_mixed`."""


@dataclass(frozen=True, kw_only=True)
class CategoryColumn:
    """The categories of a column: code 0 is unknown or missing, `values[i]` has code i + 1."""

    column: str
    values: tuple[str, ...]

    def transform(self, table: pa.Table) -> np.ndarray:
        """int32 [N]"""
        if self.column not in table.column_names:
            return np.zeros(table.num_rows, np.int32)
        coded = code_column(table[self.column])
        known = pc.fill_null(pc.index_in(coded.values, value_set=pa.array(self.values, pa.string())), -1)
        codes = recode(coded, known.to_numpy(zero_copy_only=False).astype(np.int32) + 1)
        return np.maximum(codes, 0, out=codes)


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """The scale of a column, as the training rows show it."""

    column: str
    mean: float
    spread: float
    """Standard deviation; 1 for a constant column."""
    flags_missing: bool
    """Whether a second output says 1 where the number is missing."""

    def transform(self, table: pa.Table) -> list[np.ndarray]:
        """float32 [N], once or twice"""
        if self.column in table.column_names:
            values = column_numbers(table[self.column], self.column)
        else:
            values = np.full(table.num_rows, np.nan)
        missing = np.isnan(values)
        values -= self.mean
        values /= self.spread
        values[missing] = 0
        scaled = np.clip(values, -CLIP, CLIP, out=values).astype(np.float32)
        return [scaled, missing.astype(np.float32)] if self.flags_missing else [scaled]


@dataclass(frozen=True, kw_only=True)
class FeatureEncoder:
    """Turns raw columns into codes and scaled numbers; fitted once, then the same for every table."""

    categorical: tuple[CategoryColumn, ...] = ()
    numeric: tuple[NumberColumn, ...] = ()

    @staticmethod
    def fit(
        table: pa.Table, categorical: Sequence[str], numeric: Sequence[str], rows: np.ndarray | None = None
    ) -> "FeatureEncoder":
        """Categories and scales from `rows` (positions; None: all). DataError for a missing column."""
        for column in (*categorical, *numeric):
            if column not in table.column_names:
                raise DataError(
                    f"There is no column '{column}'; the columns are: {', '.join(table.column_names)}."
                )
        return FeatureEncoder(
            categorical=tuple(_fit_categories(column, table[column], rows) for column in categorical),
            numeric=tuple(_fit_numbers(column, table[column], rows) for column in numeric),
        )

    @staticmethod
    def fit_mixed(
        table: pa.Table, columns: Sequence[str], rows: np.ndarray | None = None
    ) -> "FeatureEncoder":
        """Decides per column: texts, yes/no and few distinct numbers are categories, others a scale."""
        numeric = [column for column in columns if column in table.column_names and _is_scale(table[column])]
        return FeatureEncoder.fit(
            table, [column for column in columns if column not in numeric], numeric, rows
        )

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Codes per categorical column, the unknown one included."""
        return tuple(len(column.values) + 1 for column in self.categorical)

    @property
    def numeric_width(self) -> int:
        """F: numeric columns and their flags."""
        return sum(1 + column.flags_missing for column in self.numeric)

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns that it reads."""
        return (*(column.column for column in self.categorical), *(column.column for column in self.numeric))

    def transform(self, table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """int32 [N, C] and float32 [N, F]; a column that the table lacks counts as missing."""
        categorical_NC = np.zeros((table.num_rows, len(self.categorical)), np.int32)
        for position, category in enumerate(self.categorical):
            categorical_NC[:, position] = category.transform(table)
        numeric_NF = np.zeros((table.num_rows, self.numeric_width), np.float32)
        position = 0
        for number in self.numeric:
            for values in number.transform(table):
                numeric_NF[:, position] = values
                position += 1
        return categorical_NC, numeric_NF

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return {
            "categorical": [{"column": c.column, "values": list(c.values)} for c in self.categorical],
            "numeric": [
                {"column": n.column, "mean": n.mean, "spread": n.spread, "flags_missing": n.flags_missing}
                for n in self.numeric
            ],
        }

    @staticmethod
    def from_json(content: dict[str, Any]) -> "FeatureEncoder":
        """The encoder that `to_json` wrote."""
        return FeatureEncoder(
            categorical=tuple(
                CategoryColumn(column=item["column"], values=tuple(item["values"]))
                for item in content["categorical"]
            ),
            numeric=tuple(
                NumberColumn(
                    column=item["column"],
                    mean=float(item["mean"]),
                    spread=float(item["spread"]),
                    flags_missing=bool(item["flags_missing"]),
                )
                for item in content["numeric"]
            ),
        )


def column_numbers(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """float64 [N], NaN where missing; a date counts as its nanoseconds. The array is the caller's own."""
    if pa.types.is_temporal(column.type):
        values = times(column, name).astype(np.float64)
        values[np.asarray(column.is_null())] = np.nan
        return values
    return np.array(numbers(column, name), dtype=np.float64)


def _fit_categories(name: str, column: pa.ChunkedArray, rows: np.ndarray | None) -> CategoryColumn:
    coded = code_column(column)
    codes = coded.codes_R if rows is None else coded.codes_R[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(coded.values))
    seen = coded.values.take(pa.array(np.flatnonzero(counts)))
    return CategoryColumn(column=name, values=tuple(sorted(seen.to_pylist())))


def _fit_numbers(name: str, column: pa.ChunkedArray, rows: np.ndarray | None) -> NumberColumn:
    values = column_numbers(column, name)
    values = values if rows is None else values[rows]
    known = values[np.isfinite(values)]
    mean = float(known.mean()) if len(known) else 0.0
    spread = float(known.std()) if len(known) else 0.0
    is_constant = spread <= 1e-12 * max(1.0, abs(mean))
    return NumberColumn(
        column=name,
        mean=mean,
        spread=1.0 if is_constant else spread,
        flags_missing=len(known) < len(values),
    )


def _is_scale(column: pa.ChunkedArray) -> bool:
    """Whether a column holds numbers with many distinct values."""
    kind = column.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_temporal(kind)
    return is_number and pc.count_distinct(column, mode="only_valid").as_py() > MIXED_DISTINCT
