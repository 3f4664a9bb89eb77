"""The form of a declaration: tasks that are added. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.table_facts import TableFacts, find_facts
from mtrec_core.ui.data_task_changes import kinds_for, new_task, pivot
from mtrec_core.ui.texts import _


def add_task(spec: DatasetSpec, tables: Sequence[TableFacts]) -> DatasetSpec | None:
    """The declaration with one more task, once it is asked for."""
    with st.popover(_("Add a task"), icon=":material/add:"):
        file = st.selectbox(_("Table"), [table.file for table in tables], key="add:table")
        table = find_facts(tables, file) if file else None
        if table is None:
            return None
        pairs = _("each row is a pair that went together")
        label = st.selectbox(
            _("What to predict"),
            ["", *table.names],
            format_func=lambda name: name or pairs,
            key=f"add:label:{file}",
        )
        column = next((item for item in table.columns if item.name == label), None)
        kinds = kinds_for(column) if column else ["retrieval"]
        kind = st.selectbox(
            _("Kind"), kinds, format_func=lambda key: TASK_KINDS[key].title, key=f"add:kind:{file}:{label}"
        )
        name = st.text_input(_("Name"), value=label or file.split(".")[0], key=f"add:name:{file}:{label}")
        if st.button(_("Add"), type="primary", key="add:go") and name.strip():
            return new_task(spec, table, label or "", kind or "multiclass", name.strip())
    return None


def split_events(spec: DatasetSpec, tables: Sequence[TableFacts]) -> DatasetSpec | None:
    """The declaration with a task per kind of event, once it is asked for."""
    pairs = {task.table: task for task in spec.tasks.values() if len(task.inputs) >= 2}
    events = {
        table.file: [item for item in table.columns if item.cells == "text" and 2 <= len(item.values) <= 30]
        for table in tables
        if table.file in pairs
    }
    events = {file: columns for file, columns in events.items() if columns}
    if not events:
        return None
    with st.popover(_("Split an event column into tasks"), icon=":material/call_split:"):
        st.caption(_("A column such as view, cart, purchase becomes a task for each value that you choose."))
        file = st.selectbox(_("Table"), list(events), key="pivot:table")
        columns = {column.name: column for column in events[file]}
        name = st.selectbox(_("Event column"), list(columns), key=f"pivot:column:{file}")
        values = st.multiselect(
            _("Events"), columns[name].values, default=columns[name].values[:3], key=f"pivot:{file}:{name}"
        )
        if st.button(_("Make tasks"), type="primary", key="pivot:go") and values:
            return pivot(spec, pairs[file], name, values)
    return None
