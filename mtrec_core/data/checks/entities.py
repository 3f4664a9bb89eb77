"""Checks of the things: keys that stand twice, features that contradict each other. No torch here."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from mtrec_core.data.checks.declared import feature_columns, inline_files, owner_column_names
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import number_of, share
from mtrec_core.data.issues import Issue, first_rows, level_of, shorten
from mtrec_core.data.keys import Coded
from mtrec_core.data.keys import first_rows as first_row_of_each
from mtrec_core.data.reading import FIRST_ROW
from mtrec_core.data.schema import EntitySpec

MANY_CONFLICTS = 0.01
"""Above this share of keys a conflict is a warning, below it is information."""


def duplicate_keys(material: Material) -> Iterator[Issue]:
    """Keys that stand more than once in an entity's own table; the first row counts."""
    for entity in material.spec.entities.values():
        if entity.table is None or entity.key is None:
            continue
        coded = material.coded(entity.table, entity.key)
        if coded is None:
            continue
        first = np.append(first_row_of_each(coded.codes_R, len(coded.values)), -1)
        rows = np.arange(len(coded.codes_R))
        again = np.flatnonzero((coded.codes_R >= 0) & (first[coded.codes_R] != rows))
        if len(again) == 0:
            continue
        differing = [
            column
            for column in feature_columns(entity)
            if _differs(material.coded(entity.table, column), again, first[coded.codes_R[again]])
        ]
        keys = np.unique(coded.codes_R[again])
        says = f"The rows differ in {', '.join(differing)}." if differing else "The rows say the same."
        yield Issue(
            level="warning" if differing else "info",
            code="duplicate_keys",
            table=entity.table,
            column=entity.key,
            rows=first_rows(again + FIRST_ROW),
            text=f"{entity.table} has more than one row for {number_of(len(keys), 'key')} in "
            f"'{entity.key}'; only the first row counts. {says}",
            fix="Keep one row per key."
            + (" If these are different things, use a key that tells them apart." if differing else ""),
            examples=shorten(coded.values.take(pa.array(keys[:5])).to_pylist()),
        )


def _differs(coded: Coded | None, rows: np.ndarray, others: np.ndarray) -> bool:
    return coded is not None and bool((coded.codes_R[rows] != coded.codes_R[others]).any())


def conflicting_features(material: Material) -> Iterator[Issue]:
    """Inline entities whose columns differ between rows with the same key; the first row counts."""
    for entity in material.spec.entities.values():
        if entity.table is not None or entity.key is None:
            continue
        for file in inline_files(material.spec, entity):
            yield from _conflicts_in(material, entity, file)


def _conflicts_in(material: Material, entity: EntitySpec, file: str) -> Iterator[Issue]:
    """One issue per column that differs."""
    key = next((name for name in owner_column_names(entity) if name in material.names(file)), None)
    keys = material.coded(file, key) if key else None
    if keys is None:
        return
    first = np.append(first_row_of_each(keys.codes_R, len(keys.values)), -1)
    for column in feature_columns(entity):
        cells = material.coded(file, column)
        if cells is None or column == key:
            continue
        known = keys.codes_R >= 0
        differs = known & (cells.codes_R != cells.codes_R[first[keys.codes_R]])
        conflicting = np.unique(keys.codes_R[differs])
        used = len(np.unique(keys.codes_R[known]))
        if len(conflicting) == 0:
            continue
        example = conflicting[0]
        values = cells.values.take(pa.array(np.unique(cells.codes_R[keys.codes_R == example]).clip(0)[:5]))
        yield Issue(
            level=level_of(len(conflicting), used, MANY_CONFLICTS),
            code="conflicting_features",
            table=file,
            column=str(column),
            rows=first_rows(np.flatnonzero(differs) + FIRST_ROW),
            text=f"'{column}' of {share(len(conflicting), used)} {entity.name} keys differs from row to row "
            f"of {file}, such as for {key} '{keys.values[int(example)].as_py()}'; only the first value "
            "counts.",
            fix=f"If '{column}' belongs to the row and not to the {entity.name}, give it an entity of its "
            "own or move it to `context`; else correct the cells.",
            examples=shorten(values.to_pylist()),
        )
