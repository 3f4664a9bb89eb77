"""Entities from tables and facts: distinct keys, raw columns, then texts and features. No torch here."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from mtrec_core.data.dataset import EntityData, Histories
from mtrec_core.data.features import FeatureEncoder
from mtrec_core.data.keys import Coded, KeyIndex, content_hashes, content_keys, first_rows
from mtrec_core.data.reading import as_text
from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.data.tables import (
    Fact,
    Tables,
    feature_columns,
    find_key_column,
    missing_column,
    stack_columns,
)
from mtrec_core.data.templates import render
from mtrec_core.errors import DataError

KEY_COLUMN = "#key"
"""Column of a raw table with the entity's key, so that a table without features has rows too."""


class EntityBuilder:
    """Collects the distinct keys of an entity and the raw columns behind them."""

    def __init__(self, spec: EntitySpec) -> None:
        self.spec = spec
        self.index = KeyIndex()
        self.columns = feature_columns(spec)
        self._parts: dict[str, list[pa.ChunkedArray]] = {name: [] for name in self.columns}

    @property
    def is_inline(self) -> bool:
        """Whether its columns stand in the fact tables."""
        return self.spec.table is None and bool(self.columns)

    def add(
        self, values: pa.Array, raw: Callable[[str, np.ndarray], pa.ChunkedArray] | None = None
    ) -> np.ndarray:
        """int32 [V]: codes of distinct keys. `raw` gives a column for some of them; None: empty."""
        new = np.flatnonzero(self.index.find(values) < 0)
        codes = self.index.add(values)
        if len(new):
            for name, parts in self._parts.items():
                parts.append(raw(name, new) if raw else pa.chunked_array([pa.nulls(len(new))]))
        return codes

    def raw_table(self) -> pa.Table:
        """The raw columns, one row per key, and the keys themselves."""
        empty = pa.chunked_array([pa.nulls(0)])
        columns = {name: stack_columns(parts or [empty]) for name, parts in self._parts.items()}
        return pa.table({**columns, KEY_COLUMN: pa.chunked_array([self.index.keys])})

    def add_own_table(self, tables: Tables) -> None:
        """The rows of the entity's own table; of rows with the same key the first counts."""
        file, key = self.spec.table, self.spec.key
        if file is None:
            return
        if key is None:
            raise DataError(
                f"Entity '{self.spec.name}' has a table ({file}) but no `key`; name its key column."
            )
        for name in self.columns:
            if name not in tables.names(file):
                raise DataError(missing_column(file, name, tables.names(file)))
        coded = tables.coded(file, key)
        first = first_rows(coded.codes_R, len(coded.values))
        self.add(coded.values, lambda name, new: tables.column(file, name).take(pa.array(first[new])))

    def add_inline(self, fact: Fact, coded: Coded) -> None:
        """The keys of an input of a fact, with the columns that stand beside them."""
        first = first_rows(coded.codes_R, len(coded.values))
        used = np.flatnonzero(first >= 0)
        names = set(fact.names)

        def raw(name: str, new: np.ndarray) -> pa.ChunkedArray:
            if name not in names:
                return pa.chunked_array([pa.nulls(len(new))])
            return fact.column(name).take(pa.array(first[used[new]]))

        self.add(coded.values.take(pa.array(used)), raw)


def input_keys(entity: EntitySpec, declared: str, fact: Fact) -> Coded:
    """The keys of one input of a fact: a key column, or the contents of an entity that has no key."""
    if goes_by_content(entity):
        return content_of(entity, fact)
    return fact.coded(find_key_column(entity, declared, fact.files[0], fact.names))


def goes_by_content(entity: EntitySpec) -> bool:
    """Whether equal features make the same thing."""
    return entity.key is None and entity.table is None and bool(feature_columns(entity))


def content_of(entity: EntitySpec, fact: Fact) -> Coded:
    """Keys made from the contents of the entity's columns."""
    names = feature_columns(entity)
    for name in names:
        if name not in fact.names:
            raise DataError(missing_column(fact.files[0], name, fact.names))
    cells = [fact.coded(name) for name in names]
    hashes = content_hashes(cells)
    distinct, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    columns = [as_text(fact.column(name).take(pa.array(first[order]))) for name in names]
    return Coded(values=content_keys(columns, distinct[order]), codes_R=place[inverse])


def build_entities(
    spec: DatasetSpec, tables: Tables, facts: dict[str, Fact]
) -> tuple[dict[str, EntityBuilder], dict[str, tuple[np.ndarray, ...]]]:
    """All entities with all keys, and per task the codes of its inputs. Rows without a key are dropped."""
    builders = {name: EntityBuilder(entity) for name, entity in spec.entities.items()}
    for builder in builders.values():
        builder.add_own_table(tables)
    coded: dict[str, list[Coded]] = {}
    for name, task in spec.tasks.items():
        coded[name] = _task_keys(spec, task, facts[name])
    for builder in builders.values():
        if builder.is_inline:
            _add_inline_everywhere(builder, spec, facts, coded)
    codes: dict[str, tuple[np.ndarray, ...]] = {}
    for name, task in spec.tasks.items():
        inputs = []
        for entity, keys in zip(task.inputs, coded.pop(name), strict=True):
            used = np.flatnonzero(np.bincount(keys.codes_R, minlength=len(keys.values)))
            new_codes = np.full(len(keys.values), -1, np.int32)
            new_codes[used] = builders[entity].add(keys.values.take(pa.array(used)))
            inputs.append(new_codes[keys.codes_R])
        codes[name] = tuple(inputs)
    return builders, codes


def _task_keys(spec: DatasetSpec, task: TaskSpec, fact: Fact) -> list[Coded]:
    declared = task.columns or ("",) * len(task.inputs)
    if len(declared) != len(task.inputs):
        raise DataError(
            f"Task '{task.name}' has {len(task.inputs)} inputs but {len(declared)} `columns`; give one each."
        )
    for entity in task.inputs:
        if entity not in spec.entities:
            raise DataError(
                f"Task '{task.name}' names the entity '{entity}', which isn't declared; "
                f"the entities are: {', '.join(spec.entities)}."
            )
    keys = [
        input_keys(spec.entities[name], column, fact)
        for name, column in zip(task.inputs, declared, strict=True)
    ]
    complete = np.ones(len(fact), bool)
    for coded in keys:
        complete &= coded.codes_R >= 0
    if not complete.any():
        raise DataError(f"Task '{task.name}': every row of {task.table} lacks the key of one of its inputs.")
    if complete.all():
        return keys
    fact.keep(complete)
    rows = np.flatnonzero(complete)
    return [coded.take(rows) for coded in keys]


def _add_inline_everywhere(
    builder: EntityBuilder, spec: DatasetSpec, facts: dict[str, Fact], coded: dict[str, list[Coded]]
) -> None:
    """An inline entity's rows, from the facts that have most of its columns first."""
    places = []
    for name, task in spec.tasks.items():
        if builder.spec.name in task.inputs:
            present = sum(column in facts[name].names for column in builder.columns)
            places.append((present, name, task.inputs.index(builder.spec.name)))
    if places:
        columns_there = set().union(*(facts[name].names for _, name, _ in places))
        for column in builder.columns:
            if column not in columns_there:
                name = places[0][1]
                raise DataError(missing_column(facts[name].files[0], column, facts[name].names))
    for _, name, position in sorted(places, key=lambda place: -place[0]):
        builder.add_inline(facts[name], coded[name][position])


def finish_entity(
    spec: EntitySpec,
    table: pa.Table,
    *,
    in_train_N: np.ndarray,
    histories: Histories | None,
    blame: Callable[[str], None],
) -> EntityData:
    """Texts rendered and features fitted on the entities of training rows.

    `blame` is called with each numeric column if one can't be read, to raise an error with the file's row.
    """
    try:
        encoder = FeatureEncoder.fit(table, spec.categorical, spec.numeric, np.flatnonzero(in_train_N))
        categorical_NC, numeric_NF = encoder.transform(table)
    except DataError:
        for column in spec.numeric:
            blame(column)
        raise
    return EntityData(
        spec=spec,
        keys=table[KEY_COLUMN].combine_chunks(),
        texts=render(spec.text, table) if spec.text is not None else None,
        features=encoder,
        categorical_NC=categorical_NC,
        numeric_NF=numeric_NF,
        in_train_N=in_train_N,
        histories=histories,
    )
