"""The form of a declaration: roles of columns, thing by thing. No torch here.

Widgets hold what the reader chose; `edited` gives the declaration that follows from it.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec
from mtrec_core.data.table_facts import ColumnFacts, TableFacts, find_facts
from mtrec_core.ui import formats
from mtrec_core.ui.data_roles import (
    ROLES,
    TYPES,
    Problem,
    columns_of,
    role_of_column,
    tables_of,
    template_for,
    template_names,
    with_roles,
)
from mtrec_core.ui.texts import _

SHOWN_COLUMNS = 40
"""Of a wider table the first columns are shown, and all that have a role."""
ORDERLY = ("time", "whole", "number")
"""Types of cells by which events can be put in an order."""


def show_problems(problems: Sequence[Problem], place: str) -> None:
    """What is wrong, right where it can be mended."""
    for problem in problems:
        if problem.place == place:
            st.error(problem.text, icon=":material/error:")


def things(
    spec: DatasetSpec, tables: Sequence[TableFacts], turn: int, problems: Sequence[Problem]
) -> DatasetSpec:
    """All things with the roles of their columns; the declaration as it was changed."""
    entities = dict(spec.entities)
    for entity in spec.entities.values():
        wrong = any(problem.place == f"entity.{entity.name}" for problem in problems)
        where = entity.table or _("inside {tables}").format(tables=", ".join(tables_of(spec, entity)))
        key = _("key {key}").format(key=entity.key) if entity.key else _("no key")
        with st.expander(
            f"**{entity.name}** · {where} · {key}",
            expanded=wrong or len(entities) <= 2,
            icon=":material/error:" if wrong else ":material/category:",
        ):
            show_problems(problems, f"entity.{entity.name}")
            entities[entity.name] = _thing(spec, entity, tables, turn)
    return replace(spec, entities=entities)


def _thing(spec: DatasetSpec, entity: EntitySpec, tables: Sequence[TableFacts], turn: int) -> EntitySpec:
    base = f"edit:{turn}:{entity.name}"
    columns = columns_of(spec, entity, tables)
    shown = [
        column
        for place, column in enumerate(columns)
        if place < SHOWN_COLUMNS or role_of_column(entity, column.name) != "none"
    ]
    if not shown:
        st.info(_("The tables of this thing could not be read, so its columns can't be shown."))
        return entity
    template_key = f"{base}:template"
    st.session_state.setdefault(template_key, entity.text or "")
    roles: dict[str, str] = {}
    for column in shown:
        roles[column.name] = _role(base, entity, column, [item.name for item in shown])
    if len(shown) < len(columns):
        st.caption(_("{n} more columns have no role.").format(n=len(columns) - len(shown)))
    st.text_input(
        _("Text that the encoder reads"),
        key=template_key,
        placeholder=_("no text"),
        help=_("{column} stands for a cell. An empty cell leaves out its own words."),
        on_change=_follow_template,
        args=(base, [item.name for item in shown]),
    )
    changed = with_roles(entity, roles, st.session_state[template_key].strip())
    return replace(changed, history=_history(spec, entity, tables, base))


def _role(base: str, entity: EntitySpec, column: ColumnFacts, names: list[str]) -> str:
    """One row: the column with its examples, and its role."""
    key = f"{base}:role:{column.name}"
    st.session_state.setdefault(key, role_of_column(entity, column.name))
    about, choice = st.columns([0.68, 0.32], vertical_alignment="center")
    with about:
        gaps = (
            f" · {_('{share} empty').format(share=formats.share(column.missing))}" if column.missing else ""
        )
        examples = ", ".join(column.examples)
        st.markdown(
            f"**{plain(column.name)}** :small[:gray[{TYPES[column.cells]} · "
            f"{_('{n} distinct').format(n=formats.whole(column.distinct))}{gaps}]]  \n"
            f":small[{plain(examples)}]"
        )
    with choice:
        st.selectbox(
            _("Role of {column}").format(column=column.name),
            list(ROLES),
            format_func=lambda role: ROLES[role],
            key=key,
            label_visibility="collapsed",
            on_change=_follow_role,
            args=(base, names),
        )
    return str(st.session_state[key])


def plain(text: str) -> str:
    """A text out of a table, without what Markdown would take for markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|~<>$:" else sign for sign in text)


def _follow_role(base: str, names: list[str]) -> None:
    """A changed role changes the text template."""
    wanted = [
        name for name in names if st.session_state.get(f"{base}:role:{name}") in ("text", "text_category")
    ]
    st.session_state[f"{base}:template"] = template_for(st.session_state[f"{base}:template"], wanted) or ""


def _follow_template(base: str, names: list[str]) -> None:
    """A changed text template changes the roles."""
    inside = template_names(st.session_state[f"{base}:template"])
    for name in names:
        role = str(st.session_state.get(f"{base}:role:{name}", "none"))
        added = {"none": "text", "category": "text_category"}
        removed = {"text": "none", "text_category": "category"}
        change = added if name in inside else removed
        st.session_state[f"{base}:role:{name}"] = change.get(role, role)


def _history(
    spec: DatasetSpec, entity: EntitySpec, tables: Sequence[TableFacts], base: str
) -> HistorySpec | None:
    """What the thing did before, from a table of events."""
    if not entity.key:
        return None
    events = [table.file for table in tables if entity.key in table.names and table.file != entity.table]
    current = entity.history
    if current and current.table not in events:
        events.append(current.table)
    if not events:
        return None
    chosen, item, time, most = st.columns(4, vertical_alignment="bottom")
    none = _("no history")
    file = chosen.selectbox(
        _("History"),
        ["", *events],
        index=events.index(current.table) + 1 if current else 0,
        format_func=lambda name: name or none,
        key=f"{base}:history",
        help=_("What this thing met before the moment of a row, never after it."),
    )
    if not file:
        return None
    table = find_facts(tables, file)
    names = [name for name in (table.names if table else ()) if name != entity.key]
    keys = {other.key for other in spec.entities.values()}
    keys |= {column for task in spec.tasks.values() for column in task.columns}
    items = [name for name in names if name in keys]
    known = current if current and current.table == file else HistorySpec(table=file, item="", time=None)
    items = list(dict.fromkeys([*([known.item] if known.item else []), *items, *names]))
    orderly = [column.name for column in table.columns if column.cells in ORDERLY] if table else []
    times = ["", *orderly]
    if known.time and known.time not in times:
        times.append(known.time)
    chosen_item = item.selectbox(_("Items in"), items, index=0, key=f"{base}:history:item:{file}")
    chosen_time = time.selectbox(
        _("Ordered by"),
        times,
        index=times.index(known.time or ""),
        format_func=lambda name: name or _("no time"),
        key=f"{base}:history:time:{file}",
    )
    length = most.number_input(_("Latest events"), 1, 1000, value=known.max, key=f"{base}:history:max:{file}")
    return replace(known, item=chosen_item or "", time=chosen_time or None, max=int(length))
