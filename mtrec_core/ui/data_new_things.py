"""The form of a declaration: a thing that is added. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.data.roles import plain_name
from mtrec_core.data.schema import DatasetSpec, EntitySpec
from mtrec_core.data.table_facts import TableFacts, find_facts
from mtrec_core.ui.data_thing_changes import (
    described,
    new_thing,
    suggested_features,
    tasks_about,
    tells_apart,
    trouble_with_name,
)
from mtrec_core.ui.texts import _


def add_thing(spec: DatasetSpec, tables: Sequence[TableFacts]) -> DatasetSpec | None:
    """The declaration with one more thing, once it is asked for."""
    with st.popover(_("Add a thing"), icon=":material/add:"):
        files = [table.file for table in tables]
        own = {entity.table for entity in spec.entities.values()}
        new = next((place for place, file in enumerate(files) if file not in own), 0)
        file = st.selectbox(_("Table"), files, index=new if files else None, key="thing:table")
        table = find_facts(tables, file) if file else None
        if table is None:
            return None
        entity, has_table = _described(spec, table)
        about = tasks_about(spec, table, entity.key, tables)
        tasks = st.multiselect(
            _("Input of the tasks"),
            about,
            default=[name for name in about if entity.key and entity.key not in spec.tasks[name].columns],
            format_func=lambda name: spec.tasks[name].title,
            key=f"thing:tasks:{file}:{entity.key}:{has_table}",
            help=_("The tasks whose rows name this thing."),
        )
        trouble = trouble_with_name(spec, entity.name)
        if not has_table and not tasks:
            trouble = trouble or _("What has no table of its own needs a task whose rows describe it.")
        if trouble:
            st.caption(trouble)
        if st.button(_("Add"), type="primary", key="thing:go", disabled=bool(trouble)):
            return new_thing(spec, entity, tasks)
    return None


def _described(spec: DatasetSpec, table: TableFacts) -> tuple[EntitySpec, bool]:
    """The thing as it is chosen, and whether the table is its own."""
    columns = {column.name: column for column in table.columns}
    likely = next((name for name, column in columns.items() if tells_apart(table, column)), "")
    nothing = _("no key: alike is the same")
    key = st.selectbox(
        _("Key"),
        ["", *columns],
        index=["", *columns].index(likely),
        format_func=lambda name: name or nothing,
        key=f"thing:key:{table.file}",
        help=_("The column that tells things apart."),
    )
    own = bool(key) and st.toggle(
        _("One row per thing"),
        value=tells_apart(table, columns[key]) if key else False,
        key=f"thing:own:{table.file}:{key}",
        help=_("Off: several rows tell of the same thing, such as the purchases of a customer."),
    )
    names = [name for name in columns if name != key]
    chosen = st.multiselect(
        _("Described by"),
        names,
        default=suggested_features(spec, table, key) if own else [],
        key=f"thing:columns:{table.file}:{key}:{own}",
        help=_("Each gets the role that its cells suggest; change it afterwards."),
    )
    suggestion = _free_name(spec, (key or table.file.split(".")[0]).removesuffix("_id"))
    name = st.text_input(_("Name"), value=suggestion, key=f"thing:name:{table.file}:{key}").strip()
    entity = EntitySpec(name=name, table=table.file if own else None, key=key or None)
    return described(entity, [columns[column] for column in chosen]), own


def _free_name(spec: DatasetSpec, wanted: str) -> str:
    name, number = plain_name(wanted), 2
    while name in spec.entities:
        name, number = f"{plain_name(wanted)}_{number}", number + 1
    return name
