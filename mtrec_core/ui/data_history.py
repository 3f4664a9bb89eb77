"""The form of a declaration: what a thing met before. No torch here."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec
from mtrec_core.data.table_facts import TableFacts, find_facts
from mtrec_core.ui.texts import _

ORDERLY = ("time", "whole", "number")
"""Types of cells by which events can be put in an order."""


def choose_history(
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
