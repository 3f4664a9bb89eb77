"""Tasks that a reader adds, splits or takes out, as changed declarations. No torch, no streamlit here."""

from collections.abc import Sequence
from dataclasses import replace

from mtrec_core.data.roles import plain_name
from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.data.table_facts import ColumnFacts, TableFacts
from mtrec_core.ui.data_roles import is_yes_no, tables_of


def pivot(spec: DatasetSpec, task: TaskSpec, column: str, values: Sequence[str]) -> DatasetSpec:
    """A task per value of an event column: the rows of `task`'s table with that value."""
    tasks = dict(spec.tasks)
    for value in values:
        name = plain_name(value)
        while name in tasks:
            name += "_2"
        tasks[name] = replace(
            task,
            name=name,
            title=value.replace("_", " ").capitalize(),
            kind="retrieval",
            label=None,
            positive=None,
            group=None,
            context=(),
            where={column: (value,)},
        )
    return replace(spec, tasks=tasks)


def without_task(spec: DatasetSpec, name: str) -> DatasetSpec:
    """The dataset without a task, and without the things that no other task is about. A task that came after
    it comes after the one before it."""
    before = spec.tasks[name].after
    tasks = {
        key: replace(task, after=before) if task.after == name else task
        for key, task in spec.tasks.items()
        if key != name
    }
    used = {entity for task in tasks.values() for entity in task.inputs}
    used |= {
        spec.item_entity_of(entity.history)
        for key, entity in spec.entities.items()
        if entity.history and key in used
    }
    entities = {key: entity for key, entity in spec.entities.items() if key in used}
    return replace(spec, tasks=tasks, entities=entities)


def new_task(spec: DatasetSpec, table: TableFacts, label: str, kind: str, name: str) -> DatasetSpec:
    """The dataset with one more task, about the things whose keys stand in the table; where there are none,
    about its rows."""
    keys = {
        entity.name: entity.key
        for entity in spec.entities.values()
        if entity.key in table.names and entity.key != label
    }
    inputs = tuple(keys)
    entities = dict(spec.entities)
    if not inputs:
        thing = next((key for key, entity in entities.items() if table.file in tables_of(spec, entity)), "")
        if not thing:
            thing = "row"
            while thing in entities:
                thing += "_2"
            entities[thing] = row_thing(table, label, thing)
        inputs = (thing,)
    key = plain_name(name)
    while key in spec.tasks:
        key += "_2"
    task = TaskSpec(
        name=key,
        title=name,
        kind=kind,
        table=table.file,
        inputs=inputs,
        columns=tuple(entities[entity].key or entity for entity in inputs),
        label=label or None,
    )
    return replace(spec, entities=entities, tasks={**spec.tasks, key: task})


def row_thing(table: TableFacts, label: str, name: str) -> EntitySpec:
    """A thing that each row of a table is, described by all columns but the label."""
    columns = [column for column in table.columns if column.name != label]
    texts = [column.name for column in columns if column.cells == "text"]
    return EntitySpec(
        name=name,
        text=". ".join(f"{{{column}}}" for column in texts) or None,
        categorical=tuple(column.name for column in columns if column.cells == "yes_no"),
        numeric=tuple(column.name for column in columns if column.cells in ("whole", "number")),
    )


def kinds_for(column: ColumnFacts) -> list[str]:
    """The kinds of task that a column may be the label of, the likeliest first."""
    if column.cells == "yes_no" or is_yes_no(column):
        return ["binary", "regression", "multiclass"]
    if column.cells in ("whole", "number"):
        return ["regression", "ranking", "multiclass", "binary"]
    return ["multiclass", "multilabel", "binary"]
