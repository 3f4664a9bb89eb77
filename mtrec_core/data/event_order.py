"""Which column orders the events of a table. No torch here."""

import numpy as np

from mtrec_core.data.event_tables import EventTable
from mtrec_core.data.reading import as_text, numbers
from mtrec_core.data.table_looks import TableLook


def time_column(events: EventTable) -> tuple[str | None, bool]:
    """The column that orders events, and whether it merely counts the events of each who."""
    moments = [column for column in events.free if column.is_time and column.present > 0.5 * column.rows]
    moments.sort(key=lambda column: (column.cells != "time", -column.distinct))
    if moments:
        return moments[0].name, False
    who = events.ordered()[0].column
    if who in events.look.columns:
        for column in events.free:
            if (
                column.cells == "whole"
                and column.distinct > 2
                and _counts_within(events.look, who, column.name)
            ):
                return column.name, True
    return None, False


def _counts_within(look: TableLook, who: str, place: str) -> bool:
    """Whether a column numbers the events of each who without gaps, from 0 or 1."""
    owners = as_text(look.data.column(who)).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    places = numbers(look.data.column(place), place)
    if np.isnan(places).any() or np.isnan(owners.astype(float)).any() or places.min() not in (0, 1):
        return False
    owners = owners.astype(np.int64)
    counts = np.bincount(owners)
    last = np.full(len(counts), -1.0)
    np.maximum.at(last, owners, places)
    pairs = owners * int(places.max() + 1) + places.astype(np.int64)
    return bool((last - places.min() + 1 == counts).all() and len(np.unique(pairs)) == len(pairs))
