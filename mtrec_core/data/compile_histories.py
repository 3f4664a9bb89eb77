"""Histories from event tables: which events count, and where the windows of a task's rows end. No torch here.

What a window may hold depends on how the rows of the event table were split:

| events | rows of the table split | a row with a time | a row without a time |
|---|---|---|---|
| with a time | by time | what came before it | what came before the end of train |
| with a time | leave-last-out, column | what came before it | what came before the first row outside train |
| with a time | by user, or no task's rows | what came before it | all |
| with a time | at random | training events before it (the task itself: all) | training events |
| no time | any | training events | training events |

Wherever a window isn't cut by the row's own time, the row's own item is left out of it.
Shape suffixes: E = events, R = rows, N = entities.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mtrec_core.data.compile_entities import EntityBuilder
from mtrec_core.data.cuts import TRAIN
from mtrec_core.data.histories import Timeline, build_timeline
from mtrec_core.data.keys import recode
from mtrec_core.data.reading import NO_TIME
from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, TaskSpec
from mtrec_core.data.splits import Split
from mtrec_core.data.tables import Fact, Tables, find_key_column
from mtrec_core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Events:
    """The events behind an entity's history, before it is known which of them count."""

    owners_E: np.ndarray
    """int32 [E]"""
    items_E: np.ndarray
    """int32 [E]"""
    time_E: np.ndarray | None
    source_E: np.ndarray
    """int64 [E]: rows of the event table."""


def read_events(
    spec: DatasetSpec, tables: Tables, builders: Mapping[str, EntityBuilder]
) -> dict[str, Events]:
    """The events of every entity with a history. Unknown owners are added, unknown items dropped."""
    return {
        entity.name: _events(spec, entity, entity.history, tables, builders)
        for entity in spec.entities.values()
        if entity.history is not None
    }


def _events(
    spec: DatasetSpec,
    entity: EntitySpec,
    history: HistorySpec,
    tables: Tables,
    builders: Mapping[str, EntityBuilder],
) -> Events:
    item_name = spec.item_entity_of(history)
    if not item_name:
        raise DataError(
            f"The history of '{entity.name}' holds '{history.item}' of {history.table}, but no entity is "
            f"called so or has it as its key; the entities are: {', '.join(spec.entities)}."
        )
    fact = Fact(tables, [history.table], history.where)
    owner_column = find_key_column(
        entity, _column_in_tasks(spec, history.table, entity.name, fact), history.table, fact.names
    )
    item = spec.entities[item_name]
    item_column = history.item if history.item in fact.names else ""
    item_column = item_column or _column_in_tasks(spec, history.table, item_name, fact)
    item_column = find_key_column(item, item_column, history.table, fact.names)
    owners, items = fact.coded(owner_column), fact.coded(item_column)
    owners_E = recode(owners, builders[entity.name].add(owners.values))
    item_index = builders[item_name]
    is_bare = item.table is None and not item_index.columns
    items_E = recode(items, item_index.add(items.values) if is_bare else item_index.index.find(items.values))
    time_E = None if history.time is None else fact.times(history.time)
    known = (owners_E >= 0) & (items_E >= 0)
    if time_E is not None:
        known &= time_E != NO_TIME
    source_E = fact.source_rows(0)
    if known.all():
        return Events(owners_E=owners_E, items_E=items_E, time_E=time_E, source_E=source_E)
    return Events(
        owners_E=owners_E[known],
        items_E=items_E[known],
        time_E=None if time_E is None else time_E[known],
        source_E=source_E[known],
    )


def _column_in_tasks(spec: DatasetSpec, table: str, entity: str, fact: Fact) -> str:
    """The column in which a task on the same table finds an entity; "" for none."""
    for task in spec.tasks.values():
        if task.table == table and task.columns and entity in task.inputs:
            column = task.columns[task.inputs.index(entity)]
            if column in fact.names:
                return column
    return ""


@dataclass(frozen=True, kw_only=True)
class EntityHistory:
    """An entity's timeline and the rules for the ends of its windows."""

    timeline: Timeline
    sources: tuple[str, ...]
    """The tasks whose rows the events are."""
    train_end: int | None
    """For rows without a time: the first moment that isn't train any more."""
    stops_at_train: bool
    """For rows without a time: whether a window ends at the entity's first event outside train."""

    def ends(self, task: TaskSpec, entity_codes_R: np.ndarray, time_R: np.ndarray | None) -> np.ndarray:
        """int64 [R]: where the windows of a task's rows end."""
        is_own_random = task.name in self.sources and not self.timeline.histories.ordered
        if self.timeline.histories.time_E is None or is_own_random:
            return self.timeline.ends_of_all(entity_codes_R)
        if time_R is not None:
            return self.timeline.ends_before(entity_codes_R, time_R)
        if self.train_end is not None:
            return self.timeline.ends_before(entity_codes_R, np.full(len(entity_codes_R), self.train_end))
        if self.stops_at_train:
            return self.timeline.ends_of_train(entity_codes_R)
        return self.timeline.ends_of_all(entity_codes_R)


def build_history(
    spec: DatasetSpec,
    entity: EntitySpec,
    events: Events,
    counts: Mapping[str, int],
    facts: Mapping[str, Fact],
    splits: Mapping[str, Split],
    hidden: Mapping[str, np.ndarray],
) -> EntityHistory:
    """The history of an entity, from the events that training may know. `counts` are numbers of entities."""
    history = entity.history
    assert history is not None, "only entities with a history have events"
    item_entity = spec.item_entity_of(history)
    sources = source_tasks(spec, history.table)
    parts_E = _parts_of_events(events, history.table, sources, facts, splits)
    kinds = {splits[name].kind for name in sources}
    timed_sources = all(spec.tasks[name].time is not None for name in sources)
    ordered = events.time_E is not None and "random" not in kinds and timed_sources
    kept = np.ones(len(events.owners_E), bool)
    if parts_E is not None and not ordered:
        kept &= (parts_E == TRAIN) | (parts_E == _NO_ROW)
    if item_entity in hidden:
        kept &= ~hidden[item_entity][events.items_E]
    timeline = build_timeline(
        item_entity=item_entity,
        count=counts[entity.name],
        max_length=history.max,
        owners_E=events.owners_E[kept],
        items_E=events.items_E[kept],
        time_E=None if events.time_E is None else events.time_E[kept],
        parts_E=None if parts_E is None else np.where(parts_E == _NO_ROW, TRAIN, parts_E)[kept],
        ordered=ordered,
    )
    return EntityHistory(
        timeline=timeline,
        sources=tuple(sources),
        train_end=_train_end(sources, splits),
        stops_at_train=bool(kinds & {"leave_last_out", "column"}),
    )


_NO_ROW = np.int8(-2)


def source_tasks(spec: DatasetSpec, table: str) -> list[str]:
    """The tasks whose rows are the events of a table: its retrieval tasks, else all on this table."""
    tasks = [task for task in spec.tasks.values() if task.table == table]
    retrieval = [task for task in tasks if task.kind == "retrieval"]
    return [task.name for task in retrieval or tasks]


def _parts_of_events(
    events: Events, table: str, sources: list[str], facts: Mapping[str, Fact], splits: Mapping[str, Split]
) -> np.ndarray | None:
    """int8 [E]: the part of the row that an event is (train if it is in every task); None without any."""
    if not sources:
        return None
    size = int(events.source_E.max(initial=-1)) + 1
    for name in sources:
        size = max(size, int(facts[name].source_rows(0).max(initial=-1)) + 1)
    part_of_row = np.full(size, _NO_ROW, np.int8)
    for name in sources:
        rows = facts[name].source_rows(0)
        parts_R = splits[name].parts_R[: len(rows)]
        is_free = (part_of_row[rows] == _NO_ROW) | (part_of_row[rows] == TRAIN)
        part_of_row[rows[is_free]] = parts_R[is_free]
    return part_of_row[events.source_E]


def _train_end(sources: list[str], splits: Mapping[str, Split]) -> int | None:
    """The end of train: that of the tasks whose rows the events are, else the earliest of all time splits."""
    own = [
        split.train_end for name, split in splits.items() if name in sources and split.train_end is not None
    ]
    if own or any(splits[name].kind != "time" for name in sources):
        return min(own, default=None)
    return min((split.train_end for split in splits.values() if split.train_end is not None), default=None)
