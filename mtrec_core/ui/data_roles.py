"""What roles of columns mean for the declaration of a thing. No torch, no streamlit here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mtrec_core.data.schema import DatasetSpec, EntitySpec
from mtrec_core.data.table_facts import ColumnFacts, TableFacts, find_facts
from mtrec_core.data.templates import template_columns
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


def is_yes_no(column: ColumnFacts) -> bool:
    """Whether a column's cells say yes or no."""
    values = {value.lower() for value in column.values}
    pairs = ({"0", "1"}, {"true", "false"}, {"yes", "no"}, {"0"}, {"1"}, {"true"}, {"false"})
    return column.cells == "yes_no" or values in pairs
