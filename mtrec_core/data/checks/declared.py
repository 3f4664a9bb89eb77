"""Which files and columns a dataset's declaration names, and what for. No torch here."""

from dataclasses import dataclass

from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, TaskSpec
from mtrec_core.data.templates import template_columns
from mtrec_core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Use:
    """A column that the declaration needs; one of the places is enough."""

    places: tuple[tuple[str, str], ...]
    """(file, column), the most likely first."""
    purpose: str
    """Such as "the label of task 'ad_click'"."""
    task: str = ""


def declared_files(spec: DatasetSpec) -> dict[str, str]:
    """File -> what it is for, of all tables that the declaration names."""
    files: dict[str, str] = {}
    for entity in spec.entities.values():
        if entity.table:
            files.setdefault(entity.table, f"the table of entity '{entity.name}'")
        if entity.history:
            files.setdefault(entity.history.table, f"the history of entity '{entity.name}'")
    for task in spec.tasks.values():
        files.setdefault(task.table, f"the table of task '{task.name}'")
        if task.test_table:
            files.setdefault(task.test_table, f"the test table of task '{task.name}'")
    return files


def task_files(task: TaskSpec) -> tuple[str, ...]:
    """The files whose rows are the task's rows, in their order."""
    return (task.table, task.test_table) if task.test_table else (task.table,)


def feature_columns(entity: EntitySpec) -> tuple[str, ...]:
    """The columns that describe an entity, those of its text first, each once."""
    return tuple(dict.fromkeys((*text_columns(entity), *entity.categorical, *entity.numeric)))


def text_columns(entity: EntitySpec) -> tuple[str, ...]:
    """The columns of the text template; () where the template can't be read (`not_prepared` reports that)."""
    try:
        return template_columns(entity.text)
    except DataError:
        return ()


def inline_files(spec: DatasetSpec, entity: EntitySpec) -> tuple[str, ...]:
    """The fact tables in which an inline entity stands."""
    files = (task_files(task) for task in spec.tasks.values() if entity.name in task.inputs)
    return tuple(dict.fromkeys(file for group in files for file in group))


def key_column_names(spec: DatasetSpec, task: TaskSpec, position: int) -> tuple[str, ...]:
    """The names that the key column of a task's input may have; () for an entity without a key."""
    entity = spec.entities[task.inputs[position]]
    if entity.key is None and entity.table is None and feature_columns(entity):
        return ()
    return (task.columns[position],) if task.columns else owner_column_names(entity)


def owner_column_names(entity: EntitySpec) -> tuple[str, ...]:
    """The names that an entity's key may have in other tables; () for an entity without a key."""
    return (entity.key, entity.name) if entity.key else ()


def history_item_names(spec: DatasetSpec, history: HistorySpec) -> tuple[str, ...]:
    """The names that the item column of a history may have."""
    target = spec.entities.get(spec.item_entity_of(history))
    names = (history.item, target.key, target.name) if target and target.key else (history.item,)
    return tuple(dict.fromkeys(names))


def declared_columns(spec: DatasetSpec) -> list[Use]:
    """Every column that the declaration names."""
    uses = []
    for entity in spec.entities.values():
        uses += _entity_uses(spec, entity)
        if entity.history:
            uses += _history_uses(spec, entity, entity.history)
    for task in spec.tasks.values():
        uses += [use for file in task_files(task) for use in _task_uses(spec, task, file)]
    return list(dict.fromkeys(uses))


def _entity_uses(spec: DatasetSpec, entity: EntitySpec) -> list[Use]:
    files = (entity.table,) if entity.table else inline_files(spec, entity)
    columns = dict.fromkeys(text_columns(entity), f"the text of entity '{entity.name}'")
    columns |= dict.fromkeys(
        (*entity.categorical, *entity.numeric), f"the features of entity '{entity.name}'"
    )
    if entity.table and entity.key:
        columns[entity.key] = f"the key of entity '{entity.name}'"
    return [
        Use(places=tuple((file, column) for file in files), purpose=purpose)
        for column, purpose in columns.items()
        if files
    ]


def _history_uses(spec: DatasetSpec, entity: EntitySpec, history: HistorySpec) -> list[Use]:
    needed = [
        (owner_column_names(entity), f"whose history it is (entity '{entity.name}')"),
        (history_item_names(spec, history), f"the items of the history of '{entity.name}'"),
        ((history.time,) if history.time else (), f"the time of the history of '{entity.name}'"),
        *(((column,), f"the `where` of the history of '{entity.name}'") for column in history.where),
    ]
    return [
        Use(places=tuple((history.table, name) for name in names), purpose=purpose)
        for names, purpose in needed
        if names
    ]


def _task_uses(spec: DatasetSpec, task: TaskSpec, file: str) -> list[Use]:
    what = f"of task '{task.name}'"
    needed = [
        (key_column_names(spec, task, position), f"the input '{name}' {what}")
        for position, name in enumerate(task.inputs)
        if name in spec.entities
    ]
    split = spec.split_of(task)
    single = [
        (task.label, f"the label {what}"),
        *((column, f"the context {what}") for column in task.context),
        (task.group, f"the group {what}"),
        (task.time, f"the time {what}"),
        *((column, f"the `where` {what}") for column in task.where),
        (split.column if split.kind == "column" else None, f"the split {what}"),
    ]
    needed += [((name,), purpose) for name, purpose in single if name]
    return [
        Use(places=tuple((file, name) for name in names), purpose=purpose, task=task.name)
        for names, purpose in needed
        if names
    ]
