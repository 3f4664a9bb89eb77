"""Which tables are about things, and which columns point to them. No torch here.

A thing is recognised by its key: a column without repetitions to which other tables point, or a column of
keys that keeps coming back in a table of events although it has no table of its own.
"""

from dataclasses import dataclass, field

from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.pointers import Pointers, find_pointers, may_be_key
from mtrec_core.data.roles import key_root, plain_name, role_of, singular
from mtrec_core.data.table_looks import TableLook

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
    pointers = find_pointers(tables)
    found = Found(row_ids=pointers.row_ids)
    names: dict[str, str] = {}
    for look in tables:
        if look.file in pointers.keys:
            names[look.file] = _add_own_table(found, look, pointers)
    for look in tables:
        to = pointers.to[look.file] if look.file not in names else {}
        found.references[look.file] = [
            Reference(thing=names[file], column=column) for column, file in to.items()
        ]
        found.notes += [f"{look.file}: '{column}' holds keys of {file}." for column, file in to.items()]
        if look.file in found.row_ids:
            found.notes.append(f"{look.file}: '{found.row_ids[look.file]}' merely numbers its rows.")
    for look in tables:
        if look.file not in names:
            _add_inline_keys(found, look)
    return found


def _add_own_table(found: Found, look: TableLook, pointers: Pointers) -> str:
    key = pointers.keys[look.file]
    root = key_root(key)
    name = root if len(root) > 1 and root not in GROUP_ROOTS else look.thing
    while name in found.things:
        name += "_2"
    found.things[name] = Thing(name=name, role=role_of(name) or role_of(look.thing), file=look.file, key=key)
    why = "other tables point to it"
    if look.file not in pointers.pointed_at:
        found.alone.add(look.file)
        why = "each row has its own"
    found.notes.append(f"{look.file} describes a thing, '{name}', by its key '{key}': {why}.")
    return name


def _add_inline_keys(found: Found, look: TableLook) -> None:
    """Keys that come back in a table of events and have no table of their own."""
    references = found.references[look.file]
    taken = {reference.column for reference in references} | {found.row_ids.get(look.file, "")}
    keyed = [
        column
        for column in look.columns.values()
        if column.name not in taken and may_be_key(column) and column.distinct > 2 and column.repeats >= 1.2
    ]
    named = [
        column
        for column in keyed
        if role_of(key_root(column.name)) and key_root(column.name) not in GROUP_ROOTS
    ]
    has_prose = any(column.is_prose for column in look.columns.values())
    missing = 2 - len(references) - len(named)
    if missing > 0 and (references or named or not has_prose):
        others = [column for column in keyed if column not in named and _names_things(column, look)]
        others.sort(key=lambda column: (not key_root(column.name), -column.distinct))
        named += others[:missing]
    if len(references) + len(named) < 2 and has_prose:
        return
    for column in named:
        root = key_root(column.name) or singular(plain_name(column.name))
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
    """Whether a column without a known word may hold things: it is called a key, or has many and often."""
    root = key_root(column.name)
    if root or role_of(column.name):
        return column.distinct >= 5 and root not in GROUP_ROOTS
    few = len(look.columns) <= 3
    return column.distinct >= 20 and column.repeats >= 2 and (column.cells == "text" or few)
