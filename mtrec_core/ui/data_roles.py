"""What roles of columns mean for a declaration, and what is wrong with one. No torch, no streamlit here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.roles import plain_name
from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.data.spec_rules import check_entity, check_history, check_split, check_task
from mtrec_core.data.table_facts import ColumnFacts, TableFacts, find_facts
from mtrec_core.data.templates import parse_template, template_columns
from mtrec_core.errors import DataError
from mtrec_core.ui.texts import _

ROLES: dict[str, str] = {
    "none": _("Not used"),
    "key": _("Key"),
    "text": _("Text"),
    "category": _("Category"),
    "number": _("Number"),
    "text_category": _("Text and category"),
}
"""Role of a column that describes a thing -> what it is called."""

TYPES: dict[str, str] = {
    "whole": _("whole numbers"),
    "number": _("numbers"),
    "yes_no": _("yes or no"),
    "time": _("time"),
    "text": _("text"),
}
"""`ColumnFacts.cells` -> words."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something in a declaration that can't be as it is."""

    place: str
    """`entity.NAME`, `task.NAME` or `split`."""
    text: str


def tables_of(spec: DatasetSpec, entity: EntitySpec) -> list[str]:
    """The files in whose columns a thing is described: its own, else those of the tasks about it."""
    if entity.table:
        return [entity.table]
    return list(dict.fromkeys(task.table for task in spec.tasks.values() if entity.name in task.inputs))


def columns_of(spec: DatasetSpec, entity: EntitySpec, tables: Sequence[TableFacts]) -> list[ColumnFacts]:
    """The columns that may describe a thing, each once."""
    found: dict[str, ColumnFacts] = {}
    for file in tables_of(spec, entity):
        table = find_facts(tables, file)
        for column in table.columns if table else ():
            found.setdefault(column.name, column)
    return list(found.values())


def role_of_column(entity: EntitySpec, column: str) -> str:
    """The role that a declaration gives a column."""
    if column == entity.key:
        return "key"
    in_text = column in template_names(entity.text)
    if column in entity.categorical:
        return "text_category" if in_text else "category"
    if column in entity.numeric:
        return "number"
    return "text" if in_text else "none"


def template_names(template: str | None) -> tuple[str, ...]:
    """The columns of a template; none of one that can't be read."""
    try:
        return template_columns(template)
    except DataError:
        return ()


def template_for(template: str | None, wanted: Sequence[str]) -> str | None:
    """The template with just the wanted columns: as it stands if it has them, else changed as little as can
    be."""
    names = template_names(template)
    if set(names) == set(wanted):
        return template
    if template and set(names) < set(wanted):
        added = [f"{{{name}}}" for name in wanted if name not in names]
        return ". ".join([template.rstrip(". "), *added])
    kept = [name for name in names if name in wanted]
    ordered = [*kept, *(name for name in wanted if name not in kept)]
    return ". ".join(f"{{{name}}}" for name in ordered) or None


def with_roles(entity: EntitySpec, roles: Mapping[str, str], template: str | None) -> EntitySpec:
    """The thing with these roles of columns; `template` is what the encoder reads."""

    def having(*wanted: str) -> tuple[str, ...]:
        return tuple(column for column, role in roles.items() if role in wanted)

    keys = having("key")
    unseen_categorical = tuple(name for name in entity.categorical if name not in roles)
    unseen_numeric = tuple(name for name in entity.numeric if name not in roles)
    return replace(
        entity,
        key=keys[0] if keys else (entity.key if entity.key not in roles else None),
        text=template or None,
        categorical=unseen_categorical + having("category", "text_category"),
        numeric=unseen_numeric + having("number"),
    )


def problems(spec: DatasetSpec, tables: Sequence[TableFacts]) -> list[Problem]:
    """What stands in the way of a declaration, thing by thing and task by task."""
    found: list[Problem] = []
    for entity in spec.entities.values():
        place = _("The thing '{name}'").format(name=entity.name)
        try:
            check_entity(entity, place)
            check_history(spec, entity, place)
            if entity.text:
                parse_template(entity.text)
        except DataError as error:
            found.append(Problem(place=f"entity.{entity.name}", text=str(error)))
            continue
        texts = _wrong_features(entity, columns_of(spec, entity, tables))
        found += [Problem(place=f"entity.{entity.name}", text=text) for text in texts]
    for task in spec.tasks.values():
        place = _("The task '{name}'").format(name=task.name)
        try:
            check_task(task, place, spec.entities, columns_given=True)
            if task.split:
                check_split(task.split, place, spec.entities)
        except DataError as error:
            found.append(Problem(place=f"task.{task.name}", text=str(error)))
            continue
        table = find_facts(tables, task.table)
        texts = _wrong_columns(task, table) if table else []
        found += [Problem(place=f"task.{task.name}", text=text) for text in texts]
    if not spec.tasks:
        found.append(Problem(place="split", text=_("There is no task; add what the model shall predict.")))
    return found


def _wrong_features(entity: EntitySpec, columns: Sequence[ColumnFacts]) -> list[str]:
    known = {column.name: column for column in columns}
    texts = []
    for name in entity.numeric:
        column = known.get(name)
        if column and column.cells in ("text", "time"):
            texts.append(
                _("'{column}' has the role Number, but it holds {type} such as {examples}. "
                  "Make it a category or a text.").format(
                    column=name, type=TYPES[column.cells], examples=_quoted(column)
                )
            )  # fmt: skip
    texts += [
        _("The text names a column '{column}' that there is not; there are {known}.").format(
            column=name, known=", ".join(known)
        )
        for name in template_names(entity.text)
        if known and name not in known
    ]
    key = known.get(entity.key or "")
    if entity.table and key and key.missing > 0:
        texts.append(
            _("'{column}' is the key, but some of its cells are empty; each row needs one.").format(
                column=key.name
            )
        )
    return texts


def _wrong_columns(task: TaskSpec, table: TableFacts) -> list[str]:
    known = {column.name: column for column in table.columns}
    texts = []
    label = known.get(task.label or "")
    if task.label and label is None:
        texts.append(_missing(task.label, table))
    if task.time and task.time not in known:
        texts.append(_missing(task.time, table))
    if task.group and task.group not in known:
        texts.append(_missing(task.group, table))
    if label:
        form = TASK_KINDS[task.kind].label
        if form in ("number", "grade") and label.cells not in ("whole", "number", "yes_no"):
            texts.append(
                _("'{column}' holds {type} such as {examples}; this kind of task needs numbers.").format(
                    column=label.name, type=TYPES[label.cells], examples=_quoted(label)
                )
            )
        if form == "zero_one" and not task.positive and not _is_yes_no(label):
            texts.append(
                _(
                    "'{column}' holds {examples}; say which value counts as yes, or choose another kind."
                ).format(column=label.name, examples=_quoted(label))
            )
        if form == "zero_one" and task.positive and label.values and task.positive not in label.values:
            texts.append(
                _("No cell of '{column}' is '{positive}'; there are {examples}.").format(
                    column=label.name, positive=task.positive, examples=_quoted(label)
                )
            )
    time = known.get(task.time or "")
    if time and time.cells in ("text", "yes_no"):
        texts.append(
            _("'{column}' is to be the time, but it holds {type} such as {examples}.").format(
                column=time.name, type=TYPES[time.cells], examples=_quoted(time)
            )
        )
    return texts


def _is_yes_no(column: ColumnFacts) -> bool:
    values = {value.lower() for value in column.values}
    pairs = ({"0", "1"}, {"true", "false"}, {"yes", "no"}, {"0"}, {"1"}, {"true"}, {"false"})
    return column.cells == "yes_no" or values in pairs


def _quoted(column: ColumnFacts) -> str:
    return ", ".join(f"'{example}'" for example in column.examples)


def _missing(column: str, table: TableFacts) -> str:
    return _("{file} has no column '{column}'; its columns are {known}.").format(
        file=table.file, column=column, known=", ".join(table.names)
    )


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
    if column.cells == "yes_no" or _is_yes_no(column):
        return ["binary", "regression", "multiclass"]
    if column.cells in ("whole", "number"):
        return ["regression", "ranking", "multiclass", "binary"]
    return ["multiclass", "multilabel", "binary"]
