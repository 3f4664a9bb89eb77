"""Keys of tables, and the columns of other tables that hold them. No torch here."""

from dataclasses import dataclass

import pyarrow.compute as pc

from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.roles import is_key_name, key_root, role_of, singular, words_of
from mtrec_core.data.table_looks import TableLook

SAMPLE_KEYS = 5_000
NEARLY = 0.95
"""A column with so many different cells is a key if it is called after the table: a few doubles are slips."""


@dataclass(kw_only=True)
class Pointers:
    """Which tables have a key of their own, and what holds whose keys."""

    keys: dict[str, str]
    """File of a thing -> its key."""
    to: dict[str, dict[str, str]]
    """File -> column -> the file whose keys stand in it."""
    row_ids: dict[str, str]
    """File of events -> the column that merely numbers its rows."""

    @property
    def pointed_at(self) -> set[str]:
        """Files whose keys stand in another table."""
        return {file for columns in self.to.values() for file in columns.values()}


def find_pointers(tables: list[TableLook]) -> Pointers:
    """Decide for each table whether it describes things or tells events, and what its columns point to."""
    keys = {look.file: key for look in tables if (key := _own_key(look))}
    found = Pointers(keys=keys, to={look.file: _pointers(look, tables, keys) for look in tables}, row_ids={})
    for look in sorted(tables, key=lambda look: (look.file in found.pointed_at, _described(look))):
        if look.file not in keys or look.file in found.pointed_at:
            continue
        same = _table_of_the_same_things(look, tables, keys)
        if same:
            found.to[look.file] = {keys.pop(look.file): same.file, **found.to[look.file]}
        elif found.to[look.file]:
            found.row_ids[look.file] = keys.pop(look.file)
    found.to = {
        look.file: {column: file for column, file in found.to[look.file].items() if file in keys}
        for look in tables
    }
    return found


def _table_of_the_same_things(
    look: TableLook, tables: list[TableLook], keys: dict[str, str]
) -> TableLook | None:
    """A table that describes the very things of this one and more of them: labels beside their users."""
    key = look.columns[keys[look.file]]
    others = [other for other in tables if other.file != look.file and other.file in keys]
    alike = [other for other in others if _fit(key, other, keys[other.file]) >= 2.5]
    return max(alike, key=_described, default=None)


def _described(look: TableLook) -> tuple[int, int]:
    """How much a table says about its things."""
    return sum(column.is_prose for column in look.columns.values()), len(look.columns)


def _own_key(look: TableLook) -> str | None:
    """The column that could identify the rows of a table, the best named first."""
    possible = [column for column in look.columns.values() if may_be_key(column)]
    unique = [column for column in possible if column.is_unique]
    named = [column for column in unique if is_key_name(column.name)]
    about = [column for column in named if key_root(column.name) in (look.thing, look.stem, "")]
    first = [column for column in unique if column.name == next(iter(look.columns))]
    nearly = [column for column in possible if _is_nearly_key(column, look)]
    best = about or named or nearly or first
    return best[0].name if best else None


def _is_nearly_key(column: ColumnLook, look: TableLook) -> bool:
    root = key_root(column.name)
    about = root != "" and (root in (look.thing, look.stem) or role_of(root) == role_of(look.thing) != "")
    return about and column.present >= NEARLY * column.rows and column.distinct >= NEARLY * column.present


def may_be_key(column: ColumnLook) -> bool:
    if column.is_prose or column.is_time or column.separator:
        return False
    return column.cells == "whole" or (column.cells == "text" and column.words_per_cell < 2)


def _pointers(look: TableLook, tables: list[TableLook], keys: dict[str, str]) -> dict[str, str]:
    """Column -> the file whose keys stand in it."""
    found: dict[str, str] = {}
    for column in look.columns.values():
        if column.name == keys.get(look.file) or not may_be_key(column):
            continue
        fits = {
            other.file: (fit, *_described(other))
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
