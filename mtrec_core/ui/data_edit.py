"""The form of a declaration: things with their name, their table and their columns. No torch here.

Widgets hold what the reader chose; what comes back is the declaration that follows from it.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mtrec_core.data.schema import DatasetSpec, EntitySpec
from mtrec_core.data.table_facts import TableFacts
from mtrec_core.ui.data_columns import choose_roles
from mtrec_core.ui.data_history import choose_history
from mtrec_core.ui.data_problems import Problem
from mtrec_core.ui.data_roles import columns_of, tables_of
from mtrec_core.ui.data_thing_changes import (
    changed_thing,
    moved,
    needed_by,
    renamed,
    trouble_with_name,
    without_thing,
)
from mtrec_core.ui.texts import _


def show_problems(problems: Sequence[Problem], place: str) -> None:
    """What is wrong, right where it can be mended."""
    for problem in problems:
        if problem.place == place:
            st.error(problem.text, icon=":material/error:")


def things(
    spec: DatasetSpec, tables: Sequence[TableFacts], turn: int, problems: Sequence[Problem]
) -> DatasetSpec:
    """All things with the roles of their columns; the declaration as it was changed."""
    found = spec
    for entity in spec.entities.values():
        wrong = any(problem.place == f"entity.{entity.name}" for problem in problems)
        inside = ", ".join(tables_of(spec, entity)) or _("no task")
        where = entity.table or _("inside {tables}").format(tables=inside)
        key = _("key {key}").format(key=entity.key) if entity.key else _("no key")
        with st.expander(
            f"**{entity.name}** · {where} · {key}",
            expanded=wrong or len(spec.entities) <= 2,
            icon=":material/error:" if wrong else ":material/category:",
        ):
            show_problems(problems, f"entity.{entity.name}")
            changed = _thing(spec, entity, tables, f"edit:{turn}:{entity.name}")
        found = changed if found == spec else found
    return found


def _thing(spec: DatasetSpec, entity: EntitySpec, tables: Sequence[TableFacts], base: str) -> DatasetSpec:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(_("Name"), value=entity.name, key=f"{base}:name").strip()
        file = _table(entity, tables, base)
        reason = needed_by(spec, entity.name, tables)
        removed = st.button(
            _("Remove"),
            key=f"{base}:remove",
            icon=":material/delete:",
            type="tertiary",
            disabled=bool(reason),
            help=reason or _("Takes the thing out of its tasks too. Its table stays."),
        )
    trouble = trouble_with_name(spec, name) if name != entity.name else ""
    if trouble:
        st.error(trouble, icon=":material/error:")
    described = choose_roles(entity, columns_of(spec, entity, tables), base)
    described = replace(described, history=choose_history(spec, entity, tables, base))
    if removed:
        return without_thing(spec, entity.name)
    if name != entity.name and not trouble:
        return renamed(spec, entity.name, name)
    if file != entity.table:
        return moved(spec, entity, file, tables)
    return changed_thing(spec, described, tables)


def _table(entity: EntitySpec, tables: Sequence[TableFacts], base: str) -> str | None:
    """The table with a row per thing; None where the tables of its tasks describe it."""
    files = [table.file for table in tables]
    options = ["", *dict.fromkeys([*files, *([entity.table] if entity.table else [])])]
    inside = _("inside the tables of its tasks")
    chosen = st.selectbox(
        _("Table"),
        options,
        index=options.index(entity.table or ""),
        format_func=lambda name: name or inside,
        key=f"{base}:table",
        help=_("A table with one row per thing. Without one, the rows of its tasks describe it."),
    )
    return chosen or None
