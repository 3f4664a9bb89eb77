"""Checks of the keys that join the tables. No torch here."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.checks.declared import (
    feature_columns,
    history_item_names,
    owner_column_names,
    task_files,
)
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import listed, number_of, one, quoted, share
from mtrec_core.data.issues import Issue, first_rows, level_of, shorten
from mtrec_core.data.keys import Coded
from mtrec_core.data.reading import FIRST_ROW
from mtrec_core.data.schema import EntitySpec

MANY_UNKNOWN = 0.01
"""Above this share of rows an unknown or missing key is a warning, below it is information."""


@dataclass(frozen=True, kw_only=True)
class KeyColumn:
    """A column outside an entity's own table that holds its keys."""

    file: str
    column: str
    entity: EntitySpec
    used_by: str
    """Such as "task 'click', task 'purchase'"."""


def key_columns(material: Material) -> list[KeyColumn]:
    """Every such column of the fact tables and of the histories, each once."""
    uses: dict[tuple[str, str, str], list[str]] = {}
    for task in material.spec.tasks.values():
        for position, name in enumerate(task.inputs):
            column = material.key_column(task, position)
            for file in task_files(task) if column else ():
                if material.spec.entities[name].table != file:
                    uses.setdefault((file, column, name), []).append(f"task '{task.name}'")
    for owner in material.spec.entities.values():
        history = owner.history
        if history is None:
            continue
        target = material.spec.item_entity_of(history)
        sides = [
            (owner.name, owner_column_names(owner)),
            (target, history_item_names(material.spec, history)),
        ]
        for name, candidates in sides:
            column = next((column for column in candidates if column in material.names(history.table)), "")
            if name and column:
                uses.setdefault((history.table, column, name), []).append(f"the history of '{owner.name}'")
    return [
        KeyColumn(file=file, column=column, entity=material.spec.entities[name], used_by=listed(users))
        for (file, column, name), users in uses.items()
    ]


def missing_keys(material: Material) -> Iterator[Issue]:
    """Empty key cells, in the entities' own tables and in facts."""
    places = [
        (entity.table, entity.key, "nothing can point to them", False)
        for entity in material.spec.entities.values()
        if entity.table and entity.key
    ]
    places += [
        (
            place.file,
            place.column,
            f"they name no {place.entity.name} and are left out of {place.used_by}",
            True,
        )
        for place in key_columns(material)
    ]
    for file, column, effect, is_fact in places:
        coded = material.coded(file, column)
        empty = np.flatnonzero(coded.codes_R < 0) if coded is not None else np.zeros(0, np.int64)
        if coded is None or len(empty) == 0:
            continue
        every = len(empty) == len(coded.codes_R)
        hint = f" If '{column}' is the wrong column, name the right one." if every else ""
        yield Issue(
            level=level_of(len(empty), len(coded.codes_R), MANY_UNKNOWN, all_block=is_fact),
            code="missing_keys",
            table=file,
            column=column,
            rows=first_rows(empty + FIRST_ROW),
            text=f"{share(len(empty), len(coded.codes_R))} rows of {file} have no '{column}'; {effect}.",
            fix=f"Fill in '{column}', or leave these rows out of the table.{hint}",
        )


def unknown_keys(material: Material) -> Iterator[Issue]:
    """Keys that the entity's own table lacks, in facts and in histories."""
    for place in key_columns(material):
        entity, coded = place.entity, material.coded(place.file, place.column)
        own = _own_keys(material, entity)
        if own is None or coded is None:
            continue
        is_known = np.append(np.asarray(pc.is_in(coded.values, own.values)), True)
        unknown = np.flatnonzero(~is_known[coded.codes_R])
        if len(unknown) == 0:
            continue
        distinct = np.unique(coded.codes_R[unknown])
        examples = shorten(coded.values.take(pa.array(distinct[:5])).to_pylist())
        total = int((coded.codes_R >= 0).sum())
        if len(unknown) == total:
            fix = (
                f"None fits: compare how both tables write the keys, or name another column of {place.file}."
            )
        elif feature_columns(entity):
            fix = (
                f"Add these rows to {entity.table}; without one {one(entity.name)} has no text, no features."
            )
        else:
            fix = f"Add these rows to {entity.table}, or correct the keys."
        yield Issue(
            level=level_of(len(unknown), total, MANY_UNKNOWN, all_block=True),
            code="unknown_keys",
            table=place.file,
            column=place.column,
            rows=first_rows(unknown + FIRST_ROW),
            text=f"{share(len(unknown), total)} rows of {place.file} ({place.used_by}) name "
            f"{number_of(len(distinct), 'key')} in '{place.column}' that {entity.table} does not have in "
            f"'{entity.key}', such as {quoted(examples)}.",
            fix=fix,
            examples=examples,
        )


def _own_keys(material: Material, entity: EntitySpec) -> Coded | None:
    if entity.table is None or entity.key is None:
        return None
    return material.coded(entity.table, entity.key)
