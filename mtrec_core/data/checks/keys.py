"""Checks of the keys that join the tables. No torch here."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.checks.declared import (
    feature_columns,
    history_item_names,
    inline_files,
    owner_column_names,
)
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import quoted, share
from mtrec_core.data.issues import Issue, first_rows, level_of, shorten
from mtrec_core.data.keys import Coded
from mtrec_core.data.keys import first_rows as first_row_of_each
from mtrec_core.data.reading import FIRST_ROW
from mtrec_core.data.schema import EntitySpec

MANY_UNKNOWN = 0.01
"""Above this share of rows an unknown or missing key is a warning, below it is information."""
MANY_CONFLICTS = 0.01


def missing_keys(material: Material) -> Iterator[Issue]:
    """Empty key cells, in the entities' own tables and in facts."""
    for entity in material.spec.entities.values():
        coded = _own_keys(material, entity)
        empty = np.flatnonzero(coded.codes_R < 0) if coded is not None else np.zeros(0, np.int64)
        if coded is not None and entity.table and entity.key and len(empty):
            yield Issue(
                level="warning",
                code="missing_keys",
                table=entity.table,
                column=entity.key,
                rows=first_rows(empty + FIRST_ROW),
                text=f"{share(len(empty), len(coded.codes_R))} rows of {entity.table} have no {entity.key}; "
                "nothing can point to them.",
                fix=f"Fill in '{entity.key}', or leave these rows out of the table.",
            )
    for task in material.spec.tasks.values():
        rows = material.rows(task)
        for position, coded in enumerate(rows.keys if rows else ()):
            empty = np.flatnonzero(coded.codes_R < 0) if coded is not None else np.zeros(0, np.int64)
            name, column = task.inputs[position], material.key_column(task, position)
            if rows is None or len(empty) == 0 or material.spec.entities[name].table == task.table:
                continue
            file, numbers = rows.place(empty)
            every = len(empty) == len(rows)
            yield Issue(
                level=level_of(len(empty), len(rows), MANY_UNKNOWN, all_block=True),
                code="missing_keys",
                task=task.name,
                table=file,
                column=column,
                rows=numbers,
                text=f"{share(len(empty), len(rows))} rows of task '{task.name}' name no {name}; "
                "they are left out.",
                fix=f"Fill in '{column}', or leave these rows out of the table."
                + (" If it is the wrong column, name the right one under `columns`." if every else ""),
            )


def unknown_keys(material: Material) -> Iterator[Issue]:
    """Keys that the entity's own table lacks, in facts and in histories."""
    for task in material.spec.tasks.values():
        rows = material.rows(task)
        for position, coded in enumerate(rows.keys if rows else ()):
            entity = material.spec.entities[task.inputs[position]]
            unknown = _unknown(material, entity, coded)
            if rows is None or coded is None or unknown is None or len(unknown) == 0:
                continue
            file, numbers = rows.place(unknown)
            yield _unknown_issue(
                entity,
                coded,
                unknown,
                where=f"task '{task.name}'",
                task=task.name,
                table=file,
                column=material.key_column(task, position),
                rows=numbers,
            )
    for owner in material.spec.entities.values():
        history = owner.history
        if history is None:
            continue
        target = material.spec.entities.get(material.spec.item_entity_of(history))
        columns = [(owner, owner_column_names(owner))]
        columns += [(target, history_item_names(material.spec, history))] if target else []
        for entity, names in columns:
            column = next((name for name in names if name in material.names(history.table)), None)
            coded = material.coded(history.table, column) if column else None
            unknown = _unknown(material, entity, coded)
            if coded is None or unknown is None or len(unknown) == 0 or column is None:
                continue
            if any(
                task.table == history.table and entity.name in task.inputs
                for task in material.spec.tasks.values()
            ):
                continue
            yield _unknown_issue(
                entity,
                coded,
                unknown,
                where=f"the history of '{owner.name}'",
                task="",
                table=history.table,
                column=column,
                rows=first_rows(unknown + FIRST_ROW),
            )


def _own_keys(material: Material, entity: EntitySpec) -> Coded | None:
    if entity.table is None or entity.key is None:
        return None
    return material.coded(entity.table, entity.key)


def _unknown(material: Material, entity: EntitySpec, coded: Coded | None) -> np.ndarray | None:
    """The positions of keys that the entity's own table lacks; None where there is no table to look into."""
    own = _own_keys(material, entity)
    if own is None or coded is None:
        return None
    is_known = np.append(np.asarray(pc.is_in(coded.values, own.values)), True)
    return np.flatnonzero(~is_known[coded.codes_R])


def _unknown_issue(
    entity: EntitySpec,
    coded: Coded,
    unknown: np.ndarray,
    *,
    where: str,
    task: str,
    table: str,
    column: str,
    rows: tuple[int, ...],
) -> Issue:
    total = len(coded.codes_R)
    distinct = np.unique(coded.codes_R[unknown])
    examples = shorten(coded.values.take(pa.array(distinct[:5])).to_pylist())
    every = len(unknown) == total
    text = (
        f"{share(len(unknown), total)} rows of {where} name {len(distinct):,} keys in '{column}' that "
        f"{entity.table} "
        f"does not have in '{entity.key}', such as {quoted(examples)}."
    )
    if every:
        fix = f"None fits: compare how {table} and {entity.table} write the keys; the column may be the wrong one."
    else:
        fix = f"Add these rows to {entity.table}; without them a {entity.name} has no text and no features."
    return Issue(
        level=level_of(len(unknown), total, MANY_UNKNOWN, all_block=True),
        code="unknown_keys",
        task=task,
        table=table,
        column=column,
        rows=rows,
        text=text,
        fix=fix,
        examples=examples,
    )


def duplicate_keys(material: Material) -> Iterator[Issue]:
    """Keys that stand more than once in an entity's own table; the first row counts."""
    for entity in material.spec.entities.values():
        coded = _own_keys(material, entity)
        if coded is None or entity.table is None or entity.key is None:
            continue
        first = first_row_of_each(coded.codes_R, len(coded.values))
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
        says = f"They differ in {', '.join(differing)}." if differing else "They say the same."
        yield Issue(
            level="warning" if differing else "info",
            code="duplicate_keys",
            table=entity.table,
            column=entity.key,
            rows=first_rows(again + FIRST_ROW),
            text=f"{len(again):,} rows of {entity.table} repeat a key that an earlier row has "
            f"({len(keys):,} keys); only the first row counts. {says}",
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
    first = first_row_of_each(keys.codes_R, len(keys.values))
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
            f"of {file}, "
            f"such as for {key} '{keys.values[int(example)].as_py()}'; only the first value counts.",
            fix=f"If '{column}' belongs to the row and not to the {entity.name}, give it an entity of its "
            "own or move it "
            "to `context`; else correct the cells.",
            examples=shorten(values.to_pylist()),
        )
