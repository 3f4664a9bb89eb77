"""From a declaration and its tables to integer codes, splits and as-of histories. No torch here.

The order matters: keys, then splits, then all that is learned from training rows (classes, scales).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from mtrec_core.data.class_names import with_class_names
from mtrec_core.data.compile_entities import EntityBuilder, build_entities, finish_entity
from mtrec_core.data.compile_histories import EntityHistory, build_history, read_events
from mtrec_core.data.compile_splits import files_of, restricted, split_rows
from mtrec_core.data.config import DataSettings
from mtrec_core.data.dataset import Dataset, EntityData, TaskData
from mtrec_core.data.features import FeatureEncoder
from mtrec_core.data.fingerprint import fingerprint
from mtrec_core.data.keys import text_hashes
from mtrec_core.data.labels import Labels, keep_train_classes, read_labels, where_possible
from mtrec_core.data.limits import hidden_entities
from mtrec_core.data.schema import SPLIT_NAMES, DatasetSpec, TaskSpec
from mtrec_core.data.splits import Split
from mtrec_core.data.tables import Fact, Tables
from mtrec_core.data.unused import leave_out_unused
from mtrec_core.errors import DataError, SettingError

DEFAULTS = DataSettings()


def compile_dataset(
    spec: DatasetSpec, settings: DataSettings = DEFAULTS, tasks: Sequence[str] | None = None
) -> Dataset:
    """The dataset as arrays. With `tasks` only these, split as they are among all of them.

    DataError if a table, a column or a value can't be used; the message names it.
    """
    chosen = _chosen(spec, tasks)
    tables = Tables(spec)
    facts = {name: Fact(tables, files_of(task), task.where) for name, task in spec.tasks.items()}
    builders, inputs = build_entities(spec, tables, facts)
    events = read_events(spec, tables, builders)
    hashes = {name: text_hashes(builder.index.keys) for name, builder in builders.items()}
    times = {name: facts[name].times(task.time) for name, task in spec.tasks.items() if task.time}
    splits = split_rows(spec, tables, facts, inputs, hashes, times, settings)
    hidden = hidden_entities(spec, hashes, settings)
    labels: dict[str, Labels] = {}
    for name in spec.tasks:
        if name in chosen or settings.train_per_class or settings.train_rows:
            _add_labels(spec, name, facts, labels)
        splits[name] = restricted(
            spec.tasks[name], splits[name], inputs[name], labels.get(name), hashes, hidden, settings
        )
    counts = {name: len(builder.index) for name, builder in builders.items()}
    histories = {
        name: build_history(spec, spec.entities[name], events.pop(name), counts, facts, splits, hidden)
        for name in list(events)
    }
    compiled = {
        name: _compile_task(
            spec.tasks[name],
            facts[name],
            inputs[name],
            labels[name],
            splits[name],
            _context_rows(name, spec, labels, splits),
            times.get(name),
            histories,
        )
        for name in chosen
    }
    used = _used_entities(spec, chosen, histories)
    entities = {
        name: _compile_entity(builders[name], tables, facts, compiled, histories)
        for name in spec.entities
        if name in used
    }
    entities, compiled = leave_out_unused(entities, compiled)
    dataset = Dataset(spec=spec, entities=entities, tasks=compiled, fingerprint=fingerprint(spec))
    return with_class_names(dataset) if settings.class_names else dataset


def _chosen(spec: DatasetSpec, tasks: Sequence[str] | None) -> list[str]:
    if not spec.tasks:
        raise DataError(f"The dataset '{spec.name}' declares no task; add a [task.NAME] to its dataset.toml.")
    for name in tasks or ():
        if name not in spec.tasks:
            raise SettingError(
                f"There is no task '{name}' in '{spec.name}'; its tasks are: {', '.join(spec.tasks)}."
            )
    return [name for name in spec.tasks if not tasks or name in tasks]


def _add_labels(spec: DatasetSpec, name: str, facts: Mapping[str, Fact], labels: dict[str, Labels]) -> Labels:
    """The labels of a task, which with those of the tasks before it are then among `labels`."""
    if name not in labels:
        task = spec.tasks[name]
        found = read_labels(task, facts[name])
        if task.after is not None:
            found = where_possible(found, _add_labels(spec, task.after, facts, labels))
        labels[name] = found
    return labels[name]


def _context_rows(
    name: str, spec: DatasetSpec, labels: Mapping[str, Labels], splits: Mapping[str, Split]
) -> np.ndarray:
    """int64: the rows that a task's context is scaled by. Tasks that follow one another have those of the
    first, so that each can read the others' rows."""
    first = spec.first_of_chain(name)
    return np.flatnonzero((splits[first].parts_R == 0) & ~np.isnan(labels[first].label_R))


def _compile_task(
    task: TaskSpec,
    fact: Fact,
    inputs: tuple[np.ndarray, ...],
    labels: Labels,
    split: Split,
    context_rows: np.ndarray,
    time_R: np.ndarray | None,
    histories: Mapping[str, EntityHistory],
) -> TaskData:
    train_rows = np.flatnonzero((split.parts_R == 0) & ~np.isnan(labels.label_R))
    if len(train_rows) == 0:
        raise DataError(
            f"Task '{task.name}' has no training row with a label ({split.text}). "
            "Bring more labelled rows, or leave the task out with --tasks."
        )
    labels = keep_train_classes(task, labels, train_rows)
    columns = pa.table({name: fact.column(name) for name in task.context})
    context = FeatureEncoder.fit_mixed(columns, task.context, context_rows)
    categorical_RC, numeric_RF = context.transform(columns) if task.context else _no_context(len(fact))
    group = fact.coded(task.group) if task.group else None
    counts = [int((split.parts_R == part).sum()) for part in range(len(SPLIT_NAMES))]
    counted = ", ".join(f"{count:,} {name}" for count, name in zip(counts, SPLIT_NAMES, strict=True))
    return TaskData(
        spec=task,
        inputs=inputs,
        label_R=labels.label_R,
        classes=labels.classes,
        tag_starts_R1=labels.tag_starts_R1,
        tag_codes=labels.tag_codes,
        context=context,
        context_categorical_RC=categorical_RC,
        context_numeric_RF=numeric_RF,
        group_R=group.codes_R if group else None,
        group_keys=group.values if group else None,
        time_R=time_R,
        history_end_R={
            place: histories[entity].ends(task, inputs[place], time_R)
            for place, entity in enumerate(task.inputs)
            if entity in histories
        },
        split_R=split.parts_R,
        split_text=f"{split.text}: {counted} rows",
    )


def _no_context(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((size, 0), np.int32), np.zeros((size, 0), np.float32)


def _used_entities(
    spec: DatasetSpec, chosen: Sequence[str], histories: Mapping[str, EntityHistory]
) -> set[str]:
    """The entities of the chosen tasks, and those that their histories hold, and so on."""
    used: set[str] = set()
    waiting = [entity for name in chosen for entity in spec.tasks[name].inputs]
    while waiting:
        entity = waiting.pop()
        if entity not in used:
            used.add(entity)
            if entity in histories:
                waiting.append(histories[entity].timeline.histories.item_entity)
    return used


def _compile_entity(
    builder: EntityBuilder,
    tables: Tables,
    facts: Mapping[str, Fact],
    tasks: Mapping[str, TaskData],
    histories: Mapping[str, EntityHistory],
) -> EntityData:
    entity = builder.spec
    in_train_N = np.zeros(len(builder.index), bool)
    for task in tasks.values():
        for name, codes in zip(task.spec.inputs, task.inputs, strict=True):
            if name == entity.name:
                in_train_N[codes[task.rows("train")]] = True
    if not in_train_N.any():  # a thing that only stands in histories
        for timeline in (history.timeline.histories for history in histories.values()):
            if timeline.item_entity == entity.name:
                in_train_N[timeline.items_E] = True

    def blame(column: str) -> None:
        if entity.table is not None:
            tables.numbers(entity.table, column, None)
        for name, task in tasks.items():
            if entity.table is None and entity.name in task.spec.inputs and column in facts[name].names:
                facts[name].numbers(column)

    return finish_entity(
        entity,
        builder.raw_table(),
        in_train_N=in_train_N,
        histories=histories[entity.name].timeline.histories if entity.name in histories else None,
        blame=blame,
    )
