"""New rows and new things under the codes and scales of a compiled dataset, for inference. No torch here.

Nothing is learned here: categories and classes that training never saw are unknown.
Shape suffixes as in `data.dataset`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
import pyarrow as pa

from mtrec_core.data.compile_entities import content_of, goes_by_content
from mtrec_core.data.compile_histories import source_tasks
from mtrec_core.data.cuts import TEST
from mtrec_core.data.dataset import Dataset, EntityData, Histories, TaskData
from mtrec_core.data.histories import ends_before
from mtrec_core.data.keys import Coded, KeyIndex, first_rows
from mtrec_core.data.labels import Labels, read_labels, under_known_classes
from mtrec_core.data.reading import NO_TIME, as_text
from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.data.tables import Fact, Tables, feature_columns, find_key_column
from mtrec_core.data.templates import render
from mtrec_core.errors import DataError

NEW_ROWS = "the table of new rows"
"""What error messages call a table without a file."""


def compile_rows(dataset: Dataset, task: str, table: pa.Table, name: str = NEW_ROWS) -> Dataset:
    """A dataset whose only task holds the rows of `table`, each in part "test", in the table's order.

    Things unknown so far are appended to the entities, with the features that stand beside them. Optional are
    the label, the target of a retrieval task (its code is then -1) and the time: a row with a time has the
    history that training would give it, the events before that time; a row without one has the history of
    now, all events. `name` is what error messages call the table.
    DataError if an input's key column, and all columns that could stand for it, are missing.
    """
    known = dataset.tasks[task]
    spec = known.spec
    fact = Fact(Tables(loaded={name: table}), [name], {})
    entities = dict(dataset.entities)
    inputs = []
    declared = spec.columns or ("",) * len(spec.inputs)
    for place, (entity, column) in enumerate(zip(spec.inputs, declared, strict=True)):
        is_target = spec.kind == "retrieval" and place == len(spec.inputs) - 1
        if is_target and not _is_named(entities[entity].spec, column, fact):
            inputs.append(np.full(len(fact), -1, np.int32))
            continue
        entities[entity], codes = _codes_of_rows(entities[entity], column, fact, table)
        inputs.append(codes)
    time_R = fact.times(spec.time) if spec.time in fact.names else None
    categorical_RC, numeric_RF = known.context.transform(table)
    labels = _labels(spec, fact, known.classes)
    group = fact.coded(spec.group) if spec.group in fact.names else None
    data = TaskData(
        spec=spec,
        inputs=tuple(inputs),
        label_R=labels.label_R,
        classes=known.classes,
        tag_starts_R1=labels.tag_starts_R1,
        tag_codes=labels.tag_codes,
        context=known.context,
        context_categorical_RC=categorical_RC,
        context_numeric_RF=numeric_RF,
        group_R=group.codes_R if group else None,
        group_keys=group.values if group else None,
        time_R=time_R,
        history_end_R={
            place: _history_ends(dataset.spec, spec, entities[entity], inputs[place], time_R)
            for place, entity in enumerate(spec.inputs)
            if entities[entity].histories is not None
        },
        split_R=np.full(len(fact), TEST, np.int8),
        split_text=f"{len(fact):,} new rows",
    )
    return replace(dataset, entities=entities, tasks={task: data})


def append_entity(
    dataset: Dataset, entity: str, columns: Mapping[str, object], history: Sequence[str] = ()
) -> tuple[Dataset, int]:
    """The dataset with one more thing, and its code. `columns`: its cells by column name, with a key or not.

    `history` holds the keys of what it had before, the oldest first. A thing that is known, by its key or
    (without a key) by its content, is not added again unless it brings a history.
    DataError for a column that the entity doesn't read, and for an item that isn't known.
    """
    data = dataset.entities[entity]
    allowed = [*([data.spec.key] if data.spec.key else []), *feature_columns(data.spec)]
    for name in columns:
        if name not in allowed:
            raise DataError(f"'{entity}' has no column '{name}'; it has: {', '.join(allowed) or 'none'}.")
    cells = {name: pa.array([columns.get(name)]) for name in allowed if name in columns}
    table = pa.table(cells if cells else {"#row": pa.array([0])})
    key = _key_of_one(data.spec, table)
    code = find_key(data, key) if key is not None else None
    items = _item_codes(dataset, data, history)
    if code is not None and not len(items):
        return dataset, code
    new_key = key if key is not None and code is None else f"new #{len(data)}"
    extended = _extended(data, pa.array([new_key], pa.string()), table, items)
    return replace(dataset, entities={**dataset.entities, entity: extended}), len(data)


def find_key(entity: EntityData, key: object) -> int | None:
    """The code of a thing by its key, None if it isn't known."""
    code = int(KeyIndex(entity.keys).find(as_text(pa.array([key])))[0])
    return code if code >= 0 else None


def _is_named(spec: EntitySpec, declared: str, fact: Fact) -> bool:
    """Whether the rows say which thing they mean, by its key or by its features."""
    keys = (declared,) if declared else (spec.key, spec.name)
    return any(name in fact.names for name in (*keys, *feature_columns(spec)))


def _history_ends(
    dataset: DatasetSpec, task: TaskSpec, entity: EntityData, codes_R: np.ndarray, time_R: np.ndarray | None
) -> np.ndarray:
    """int64 [R]: before each row's time by the rule of `data.compile_histories`, or now."""
    histories, history = entity.histories, entity.spec.history
    assert histories is not None
    ends_R = histories.starts_N1[codes_R.astype(np.int64) + 1]
    if time_R is None or history is None:
        return ends_R
    if not histories.ordered and task.name in source_tasks(dataset, history.table):
        return ends_R
    return np.where(time_R == NO_TIME, ends_R, ends_before(histories, codes_R, time_R))


def _key_of_one(spec: EntitySpec, table: pa.Table) -> str | None:
    if spec.key is not None:
        return as_text(table[spec.key])[0].as_py() if spec.key in table.column_names else None
    names = [name for name in feature_columns(spec) if name in table.column_names]
    if not names:
        return None
    fact = Fact(Tables(loaded={NEW_ROWS: _with_all_columns(spec, table)}), [NEW_ROWS], {})
    return content_of(spec, fact).values[0].as_py()


def _item_codes(dataset: Dataset, data: EntityData, history: Sequence[str]) -> np.ndarray:
    if not history:
        return np.zeros(0, np.int32)
    if data.histories is None:
        raise DataError(f"'{data.spec.name}' has no history in this dataset, so none can be given.")
    items = dataset.entities[data.histories.item_entity]
    codes = KeyIndex(items.keys).find(as_text(pa.array([str(key) for key in history])))
    unknown = [key for key, code in zip(history, codes.tolist(), strict=True) if code < 0]
    if unknown:
        close = get_close_matches(str(unknown[0]), items.keys.slice(0, 100_000).to_pylist(), n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise DataError(f"The history's {data.histories.item_entity} '{unknown[0]}' isn't known.{hint}")
    return codes


def _codes_of_rows(
    entity: EntityData, declared: str, fact: Fact, table: pa.Table
) -> tuple[EntityData, np.ndarray]:
    """The entity with the new things of the rows appended, and int32 [R]: the codes of the rows.

    A row without a key stands for an unknown thing, made of the features beside it.
    """
    coded = _keys_of_rows(entity.spec, declared, fact, table)
    index = KeyIndex(entity.keys)
    missing = np.flatnonzero(coded.codes_R < 0)
    codes_V = index.find(coded.values)
    new = np.flatnonzero(codes_V < 0)
    codes_V[new] = len(entity) + np.arange(len(new), dtype=np.int32)
    codes_R = np.append(codes_V, np.int32(-1))[coded.codes_R]
    codes_R[missing] = len(entity) + len(new) + np.arange(len(missing), dtype=np.int32)
    if len(new) + len(missing) == 0:
        return entity, codes_R
    nameless = [f"new #{len(entity) + len(new) + place}" for place in range(len(missing))]
    keys = pa.concat_arrays([coded.values.take(pa.array(new)), pa.array(nameless, pa.string())])
    first = first_rows(coded.codes_R, len(coded.values))[new]
    rows = table.take(pa.array(np.concatenate([first, missing])))
    return _extended(entity, keys, rows, np.zeros(0, np.int32)), codes_R


def _keys_of_rows(spec: EntitySpec, declared: str, fact: Fact, table: pa.Table) -> Coded:
    """The keys of the rows; without a key column but with features, every row is a new thing."""
    features = feature_columns(spec)
    beside = [name for name in features if name in fact.names]
    if goes_by_content(spec):
        if not beside:
            raise DataError(
                f"{fact.files[0]} has none of the columns of '{spec.name}' ({', '.join(features)}); "
                f"its columns are: {', '.join(fact.names)}."
            )
        name = fact.files[0]
        return content_of(spec, Fact(Tables(loaded={name: _with_all_columns(spec, table)}), [name], {}))
    candidates = [declared] if declared else [spec.key, spec.name]
    if beside and not any(name in fact.names for name in candidates):
        return Coded(values=pa.array([], pa.string()), codes_R=np.full(len(fact), -1, np.int32))
    return fact.coded(find_key_column(spec, declared, fact.files[0], fact.names))


def _with_all_columns(spec: EntitySpec, table: pa.Table) -> pa.Table:
    """The table with empty cells for the features that it lacks."""
    for name in feature_columns(spec):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows))
    return table


def _extended(entity: EntityData, keys: pa.Array, rows: pa.Table, history: np.ndarray) -> EntityData:
    """The entity with new things; `rows` has one row for each, `history` the events of the last one."""
    rows = _with_all_columns(entity.spec, rows)
    categorical_NC, numeric_NF = entity.features.transform(rows)
    texts = entity.texts
    if texts is not None and entity.spec.text is not None:
        texts = pa.concat_arrays([texts, render(entity.spec.text, rows)])
    return replace(
        entity,
        keys=pa.concat_arrays([entity.keys, keys]),
        texts=texts,
        categorical_NC=np.concatenate([entity.categorical_NC, categorical_NC]),
        numeric_NF=np.concatenate([entity.numeric_NF, numeric_NF]),
        in_train_N=np.append(entity.in_train_N, np.zeros(len(keys), bool)),
        histories=None if entity.histories is None else _longer(entity.histories, len(keys), history),
    )


def _longer(histories: Histories, count: int, items: np.ndarray) -> Histories:
    end = int(histories.starts_N1[-1])
    starts = np.full(count, end, np.int64)
    starts[-1] += len(items)
    return replace(
        histories,
        starts_N1=np.append(histories.starts_N1, starts),
        items_E=np.append(histories.items_E, items.astype(np.int32)),
        time_E=None
        if histories.time_E is None
        else np.append(histories.time_E, np.full(len(items), NO_TIME, np.int64)),
    )


def _labels(task: TaskSpec, fact: Fact, classes: tuple[str, ...]) -> Labels:
    """The labels if the rows have any, under the classes that are known."""
    if task.label is not None and task.label in fact.names:
        return under_known_classes(read_labels(task, fact), classes)
    if task.kind == "retrieval":
        return read_labels(task, fact)
    empty = np.full(len(fact), np.nan, np.float32)
    if task.kind != "multilabel":
        return Labels(label_R=empty, classes=classes)
    starts = np.zeros(len(fact) + 1, np.int64)
    return Labels(label_R=empty, classes=classes, tag_starts_R1=starts, tag_codes=np.zeros(0, np.int32))
