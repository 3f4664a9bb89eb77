"""The form of a declaration: the columns of a thing with their roles, and its text. No torch here.

A role that changes changes the text, and a text that changes changes the roles.
"""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.data.schema import EntitySpec
from mtrec_core.data.table_facts import ColumnFacts
from mtrec_core.ui import formats
from mtrec_core.ui.data_roles import (
    ROLES,
    TYPES,
    role_of_column,
    template_for,
    template_names,
    with_roles,
)
from mtrec_core.ui.texts import _, plain

SHOWN_COLUMNS = 40
"""Of a wider table the first columns are shown, and all that have a role."""


def choose_roles(entity: EntitySpec, columns: Sequence[ColumnFacts], base: str) -> EntitySpec:
    """The columns that may describe a thing; the thing as they were chosen."""
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
    names = [column.name for column in shown]
    roles = {column.name: _role(base, entity, column, names) for column in shown}
    if len(shown) < len(columns):
        st.caption(_("{n} more columns have no role.").format(n=len(columns) - len(shown)))
    st.text_input(
        _("Text that the encoder reads"),
        key=template_key,
        placeholder=_("no text"),
        help=_("{column} stands for a cell. An empty cell leaves out its own words."),
        on_change=_follow_template,
        args=(base, names),
    )
    return with_roles(entity, roles, st.session_state[template_key].strip())


def _role(base: str, entity: EntitySpec, column: ColumnFacts, names: list[str]) -> str:
    """One row: the column with its examples, and its role."""
    key = f"{base}:role:{column.name}"
    st.session_state.setdefault(key, role_of_column(entity, column.name))
    about, choice = st.columns([0.68, 0.32], vertical_alignment="center")
    with about:
        gaps = (
            f" · {_('{share} empty').format(share=formats.share(column.missing))}" if column.missing else ""
        )
        examples = " · ".join(column.examples)  # commas stand in texts, too
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
            args=(base, names, column.name),
        )
    return str(st.session_state[key])


def _follow_role(base: str, names: list[str], changed: str) -> None:
    """A changed role changes the text template; a new key takes the place of the old one."""
    if st.session_state[f"{base}:role:{changed}"] == "key":
        for name in names:
            if name != changed and st.session_state.get(f"{base}:role:{name}") == "key":
                st.session_state[f"{base}:role:{name}"] = "none"
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
