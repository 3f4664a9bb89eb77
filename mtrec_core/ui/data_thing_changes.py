"""Things that are added, renamed, moved, changed or taken out of a declaration. No streamlit here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mtrec_core.data.schema import DatasetSpec, EntitySpec, SplitSpec, TaskSpec
from mtrec_core.data.table_facts import ColumnFacts, TableFacts, find_facts
from mtrec_core.ui.data_problems import problems
from mtrec_core.ui.data_roles import columns_of, template_for, template_names
from mtrec_core.ui.texts import _


def trouble_with_name(spec: DatasetSpec, name: str) -> str:
    """Why a thing can't be called so; "" where it can."""
    if not re.fullmatch(r"\w[\w-]*", name):
        return _("A name has letters, digits, _ and - only.")
    return _("There is a thing '{name}' already.").format(name=name) if name in spec.entities else ""


def tells_apart(table: TableFacts, column: ColumnFacts) -> bool:
    """Whether each row has a cell of its own in this column."""
    return column.distinct == table.rows and column.missing == 0


def suggested_features(spec: DatasetSpec, table: TableFacts, key: str | None) -> list[str]:
    """The columns of a thing's own table that may describe it: no key and no time, and no label of a task."""
    taken = {key, *(entity.key for entity in spec.entities.values())}
    taken |= {task.label for task in spec.tasks.values() if task.table == table.file}
    return [column.name for column in table.columns if column.name not in taken and column.cells != "time"]


def described(entity: EntitySpec, columns: Sequence[ColumnFacts]) -> EntitySpec:
    """The thing with these columns, each in the role that its cells suggest."""
    # A text with so few values that they are all listed is a category.
    texts = [column.name for column in columns if column.cells in ("text", "time") and not column.values]
    numbers = [column.name for column in columns if column.cells in ("whole", "number")]
    return replace(
        entity,
        text=template_for(None, texts),
        numeric=tuple(numbers),
        categorical=tuple(column.name for column in columns if column.name not in {*texts, *numbers}),
    )


def tasks_about(
    spec: DatasetSpec, table: TableFacts, key: str | None, tables: Sequence[TableFacts]
) -> list[str]:
    """The tasks whose rows can name the thing: they stand in its table, or their table has its key."""
    return [
        task.name
        for task in spec.tasks.values()
        if task.table == table.file or (key and _has(tables, task.table, key))
    ]


def new_thing(spec: DatasetSpec, entity: EntitySpec, tasks: Sequence[str]) -> DatasetSpec:
    """The dataset with one more thing, among the inputs of these tasks: what is ranked stays the last one."""
    changed = dict(spec.tasks)
    for name in tasks:
        task = changed[name]
        place = len(task.inputs) - (task.kind == "retrieval")
        inputs, columns = list(task.inputs), list(task.columns)
        inputs.insert(place, entity.name)
        columns.insert(place, entity.key or entity.name)
        changed[name] = replace(task, inputs=tuple(inputs), columns=tuple(columns))
    return replace(spec, entities={**spec.entities, entity.name: entity}, tasks=changed)


def renamed(spec: DatasetSpec, old: str, new: str) -> DatasetSpec:
    """The dataset with another name for a thing, wherever it is named."""

    def split(part: SplitSpec) -> SplitSpec:
        return replace(part, by=new) if part.by == old else part

    def task(part: TaskSpec) -> TaskSpec:
        return replace(
            part,
            inputs=tuple(new if name == old else name for name in part.inputs),
            # Without a key, the name stands where the column would.
            columns=part.columns if spec.entities[old].key else _put(part, old, new),
            split=part.split and split(part.split),
        )

    def entity(part: EntitySpec) -> EntitySpec:
        history = part.history
        if history and history.item == old:
            history = replace(history, item=new)
        return replace(part, name=new if part.name == old else part.name, history=history)

    entities = [entity(part) for part in spec.entities.values()]
    return replace(
        spec,
        entities={part.name: part for part in entities},
        tasks={name: task(part) for name, part in spec.tasks.items()},
        split=split(spec.split),
    )


def _put(task: TaskSpec, entity: str, column: str) -> tuple[str, ...]:
    return tuple(
        column if name == entity else old for name, old in zip(task.inputs, task.columns, strict=True)
    )


def changed_thing(spec: DatasetSpec, entity: EntitySpec, tables: Sequence[TableFacts]) -> DatasetSpec:
    """The dataset with a thing changed. Tasks that found it by its key follow to the new one, where their
    table has that."""
    was = spec.entities[entity.name]
    before, after = was.key or was.name, entity.key or entity.name
    tasks: Mapping[str, TaskSpec] = spec.tasks
    if before != after:
        tasks = {
            task.name: replace(task, columns=_put(task, entity.name, after))
            if (entity.name, before) in zip(task.inputs, task.columns, strict=True)
            and (entity.key is None or _has(tables, task.table, after))
            else task
            for task in spec.tasks.values()
        }
    return replace(spec, entities={**spec.entities, entity.name: entity}, tasks=dict(tasks))


def _has(tables: Sequence[TableFacts], file: str, column: str) -> bool:
    table = find_facts(tables, file)
    return table is not None and column in table.names


def moved(
    spec: DatasetSpec, entity: EntitySpec, file: str | None, tables: Sequence[TableFacts]
) -> DatasetSpec:
    """The dataset with a thing described by another table, or by the tables of its tasks for None. Of its
    columns those stay that are there too."""
    there = columns_of(spec, replace(entity, table=file), tables)
    names = [column.name for column in there]
    table = find_facts(tables, file) if file else None
    keys = [column.name for column in there if table and tells_apart(table, column)]
    made = replace(
        entity,
        table=file,
        key=entity.key if entity.key in names else next(iter(keys), None),
        text=template_for(entity.text, [name for name in template_names(entity.text) if name in names]),
        categorical=tuple(name for name in entity.categorical if name in names),
        numeric=tuple(name for name in entity.numeric if name in names),
    )
    if table and not (made.text or made.categorical or made.numeric):
        features = suggested_features(spec, table, made.key)
        made = described(made, [column for column in there if column.name in features])
    return changed_thing(spec, made, tables)


def without_thing(spec: DatasetSpec, name: str) -> DatasetSpec:
    """The dataset without a thing, which leaves the inputs of its tasks too."""
    tasks = {}
    for task in spec.tasks.values():
        pairs = [pair for pair in zip(task.inputs, task.columns, strict=True) if pair[0] != name]
        inputs, columns = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
        tasks[task.name] = replace(task, inputs=inputs, columns=columns)
    entities = {key: entity for key, entity in spec.entities.items() if key != name}
    return replace(spec, entities=entities, tasks=tasks)


def needed_by(spec: DatasetSpec, name: str, tables: Sequence[TableFacts]) -> str:
    """Why a thing can't be taken out, in a sentence; "" where it can."""
    known = {problem.text for problem in problems(spec, tables)}
    new = [problem.text for problem in problems(without_thing(spec, name), tables)]
    return next((text for text in new if text not in known), "")
