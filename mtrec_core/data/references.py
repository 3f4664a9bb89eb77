"""Which tables are about things, and which columns point to them. No torch here.

A thing is recognised by its key: a column without repetitions to which other tables point, or a column of
keys that keeps coming back in a table of events although it has no table of its own.
"""

from dataclasses import dataclass, field

import pyarrow.compute as pc

from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.roles import is_key_name, key_root, role_of, singular, words_of
from mtrec_core.data.table_looks import TableLook

SAMPLE_KEYS = 5_000
GROUP_ROOTS = frozenset(
    (
        *("session", "order", "transaction", "basket", "invoice", "line", "row", "event"),
        *("search", "impression", "request", "visit"),
    )
)
"""Keys of an occasion: they group rows, but nothing is learned about them."""


@dataclass(kw_only=True)
class Thing:
    """An entity in the making."""

    name: str
    role: str
    """A key of `roles.ENTITY_WORDS`, or ""."""
    file: str | None
    """Its own table; None for an inline thing."""
    key: str | None
    """None for a thing that is nothing but its text."""
    described_by: list[str] = field(default_factory=list)
    """Inline only: the columns that say something about it, wherever it occurs."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A column in whose cells things stand."""

    thing: str
    column: str
    """For a thing without key: its name, since no single column holds it."""


@dataclass(kw_only=True)
class Found:
    """Things and the columns that point to them."""

    things: dict[str, Thing] = field(default_factory=dict)
    references: dict[str, list[Reference]] = field(default_factory=dict)
    """File -> its references, in the order of the columns."""
    alone: set[str] = field(default_factory=set)
    """Tables of things to which no other table points."""
    row_ids: dict[str, str] = field(default_factory=dict)
    """File of events -> the column that merely numbers its rows."""
    notes: list[str] = field(default_factory=list)


def find_things(tables: list[TableLook]) -> Found:
    """Keys first, then what points to them, then keys without a table."""
    keys = {look.file: key for look in tables if (key := _own_key(look))}
    pointers = {look.file: _pointers(look, tables, keys) for look in tables}
    pointed_at = {file for found in pointers.values() for file in found.values()}
    found = Found()
    names: dict[str, str] = {}
    for look in tables:
        if look.file not in keys:
            continue
        if look.file in pointed_at or not pointers[look.file]:
            names[look.file] = _add_own_table(found, look, keys[look.file], look.file in pointed_at)
            if look.file not in pointed_at:
                found.alone.add(look.file)
        else:
            found.row_ids[look.file] = keys[look.file]
            found.notes.append(f"{look.file} holds events; '{keys[look.file]}' merely numbers its rows.")
    for look in tables:
        if look.file in names:
            found.references[look.file] = []
            continue
        found.references[look.file] = [
            Reference(thing=names[target], column=column) for column, target in pointers[look.file].items()
        ]
        for column, target in pointers[look.file].items():
            found.notes.append(f"{look.file}: '{column}' holds keys of {target}.")
    for look in tables:
        if look.file not in names:
            _add_inline_keys(found, look)
    return found


def _own_key(look: TableLook) -> str | None:
    """The column that could identify the rows of a table, the best named first."""
    unique = [column for column in look.columns.values() if column.is_unique and _may_be_key(column)]
    named = [column for column in unique if is_key_name(column.name)]
    about = [column for column in named if key_root(column.name) in (look.thing, look.stem, "")]
    best = about or named or [column for column in unique if column.name == next(iter(look.columns))]
    return best[0].name if best else None


def _may_be_key(column: ColumnLook) -> bool:
    if column.is_prose or column.is_time or column.separator:
        return False
    return column.cells == "whole" or (column.cells == "text" and column.words_per_cell < 2)


def _pointers(look: TableLook, tables: list[TableLook], keys: dict[str, str]) -> dict[str, str]:
    """Column -> the file whose keys stand in it."""
    found: dict[str, str] = {}
    for column in look.columns.values():
        if column.name == keys.get(look.file) or not _may_be_key(column):
            continue
        fits = {
            other.file: fit
            for other in tables
            if other.file != look.file and other.file in keys
            if (fit := _fit(column, other, keys[other.file])) > 0
        }
        if fits:
            found[column.name] = max(fits, key=lambda file: fits[file])
    return found


def _fit(column: ColumnLook, target: TableLook, key: str) -> float:
    """How surely the cells of a column are keys of another table; 0 for no."""
    key_look = target.columns[key]
    if column.distinct == 0 or (column.cells == "whole") != (key_look.cells == "whole"):
        return 0.0
    named = _named_alike(column.name, key, target)
    sample = column.values[:SAMPLE_KEYS]
    held = float(pc.mean(pc.is_in(sample, value_set=key_look.values).cast("float64")).as_py())
    if named:
        return named + held if held >= 0.5 else 0.0
    if held < 0.98 or column.distinct < 5:
        return 0.0
    covers = column.distinct / key_look.distinct
    if column.cells == "whole":
        # Small numbers stand in any column of numbers: the name has to say key, and many keys have to occur.
        believed = is_key_name(column.name) and not role_of(column.name) and covers >= 0.3
        return held if believed else 0.0
    return held


def _named_alike(column: str, key: str, target: TableLook) -> float:
    """3 for the same name, 2 for the same thing, 1 for the same role, 0 for strangers."""
    if words_of(column) == words_of(key):
        return 3.0
    things = {key_root(key), target.thing} - {""}
    root = key_root(column) or singular("_".join(words_of(column)))
    if root in things or any(root.endswith(f"_{thing}") for thing in things):
        return 2.0
    roles = {role_of(key_root(key)), role_of(target.thing)} - {""}
    if role_of(root) in roles and (is_key_name(column) or len(words_of(column)) == 1):
        return 1.0
    return 0.0


def _add_own_table(found: Found, look: TableLook, key: str, pointed_at: bool) -> str:
    root = key_root(key)
    name = root if root and root not in GROUP_ROOTS and len(root) > 1 else look.thing
    while name in found.things:
        name += "_2"
    found.things[name] = Thing(name=name, role=role_of(name) or role_of(look.thing), file=look.file, key=key)
    why = "other tables point to it" if pointed_at else "each row has its own"
    found.notes.append(f"{look.file} describes a thing, '{name}', by its key '{key}': {why}.")
    return name


def _add_inline_keys(found: Found, look: TableLook) -> None:
    """Keys that come back in a table of events and have no table of their own."""
    references = found.references[look.file]
    taken = {reference.column for reference in references} | {found.row_ids.get(look.file, "")}
    keyed = [
        column
        for column in look.columns.values()
        if column.name not in taken and _may_be_key(column) and column.distinct > 2 and column.repeats >= 1.2
    ]
    named = [
        column
        for column in keyed
        if key_root(column.name) and key_root(column.name) not in GROUP_ROOTS
        if role_of(key_root(column.name)) or references or len(look.columns) <= 4
    ]
    has_prose = any(column.is_prose for column in look.columns.values())
    missing = 2 - len(references) - len(named)
    if missing > 0 and not has_prose:
        words = [column for column in keyed if column not in named and _names_things(column, look)]
        named += sorted(words, key=lambda column: -column.distinct)[:missing]
    if len(references) + len(named) < 2 and has_prose:
        return
    for column in named:
        root = key_root(column.name) or singular("_".join(words_of(column.name)))
        known = next((t for t in found.things.values() if t.name == root and t.file is None), None)
        if known is None:
            if root in found.things:
                root += "_2"
            known = Thing(name=root, role=role_of(root), file=None, key=column.name)
            found.things[root] = known
            found.notes.append(
                f"{look.file}: '{column.name}' holds keys of a thing without a table, '{root}'."
            )
        references.append(Reference(thing=known.name, column=column.name))
    order = list(look.columns)
    references.sort(key=lambda reference: order.index(reference.column))


def _names_things(column: ColumnLook, look: TableLook) -> bool:
    """Whether a column that isn't called a key may hold things: by a role's word, or many and often."""
    if role_of(column.name):
        return column.distinct >= 5
    return (
        column.distinct >= 20 and column.repeats >= 2 and (column.cells == "text" or len(look.columns) <= 3)
    )
