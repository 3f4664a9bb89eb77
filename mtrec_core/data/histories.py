"""What an entity did before: events in CSR form, as-of ends and windows of the latest events. No torch here.

A row at time t sees the events strictly before t: those of the same moment are left out, since nobody knows
which came first. Shape suffixes: N = entities, E = events, R = rows, B = rows of a batch, L = window length.
"""

from dataclasses import dataclass

import numpy as np

from mtrec_core.data.cuts import TRAIN
from mtrec_core.data.dataset import Dataset, Histories

_BLOCK_ROWS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Histories with the parts of the split, which say where a window without a time ends."""

    histories: Histories
    parts_E: np.ndarray | None
    """int8 [E]: the part of the row that an event is; None when the events aren't rows of a task."""

    def ends_before(self, entity_codes_R: np.ndarray, time_R: np.ndarray) -> np.ndarray:
        """int64 [R]: where the events strictly before each row's time end."""
        return ends_before(self.histories, entity_codes_R, time_R)

    def ends_of_all(self, entity_codes_R: np.ndarray) -> np.ndarray:
        """int64 [R]: where all the entity's events end."""
        return self.histories.starts_N1[entity_codes_R.astype(np.int64) + 1]

    def ends_of_train(self, entity_codes_R: np.ndarray) -> np.ndarray:
        """int64 [R]: where the events before the entity's first event outside train end."""
        if self.parts_E is None:
            return self.ends_of_all(entity_codes_R)
        starts = self.histories.starts_N1
        outside = np.flatnonzero(self.parts_E != TRAIN)
        next_outside = np.append(outside, len(self.parts_E))[np.searchsorted(outside, starts[:-1])]
        return np.minimum(next_outside, starts[1:])[entity_codes_R]


def ends_before(histories: Histories, entity_codes_R: np.ndarray, time_R: np.ndarray) -> np.ndarray:
    """int64 [R]: where the events strictly before each row's time end; all of them if they have no time."""
    starts, ends_R = histories.starts_N1, np.empty(len(time_R), np.int64)
    if histories.time_E is None:
        return starts[entity_codes_R.astype(np.int64) + 1]
    steps = int(np.diff(starts).max(initial=0)).bit_length()
    for first in range(0, len(time_R), _BLOCK_ROWS):
        block = slice(first, first + _BLOCK_ROWS)
        codes = entity_codes_R[block].astype(np.int64)
        ends_R[block] = _bisect(histories.time_E, starts[codes], starts[codes + 1], time_R[block], steps)
    return ends_R


def _bisect(
    time_E: np.ndarray, low: np.ndarray, high: np.ndarray, time_R: np.ndarray, steps: int
) -> np.ndarray:
    """int64 [R]: per row the place of the first event in [low, high) that is not before its time, else high.

    Bisection for all rows at once: it needs no array as long as the events.
    """
    for _ in range(steps):
        middle = (low + high) >> 1
        is_before = low < high
        is_before &= time_E[np.minimum(middle, len(time_E) - 1)] < time_R
        low = np.where(is_before, middle + 1, low)
        high = np.where(is_before, high, middle)
    return low


def build_timeline(
    *,
    item_entity: str,
    count: int,
    max_length: int,
    owners_E: np.ndarray,
    items_E: np.ndarray,
    time_E: np.ndarray | None,
    parts_E: np.ndarray | None,
    ordered: bool,
) -> Timeline:
    """Events ordered by (entity, time); those of one moment or without a time stay in the table's order.

    `count` is N. `ordered`: a row's window is what came before it; else it is all events, less its target.
    """
    by_time = np.arange(len(owners_E)) if time_E is None else np.argsort(time_E, kind="stable")
    places = (owners_E[by_time].astype(np.int64) << 32) | np.arange(len(owners_E))
    places.sort()
    order = by_time[places & 0xFFFFFFFF]
    counts = np.bincount(owners_E, minlength=count)
    histories = Histories(
        item_entity=item_entity,
        starts_N1=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        items_E=items_E[order].astype(np.int32),
        max_length=max_length,
        ordered=ordered,
        time_E=None if time_E is None else time_E[order],
    )
    return Timeline(
        histories=histories,
        parts_E=None if parts_E is None else parts_E[order],
    )


def window(
    histories: Histories, entity_codes_B: np.ndarray, ends_B: np.ndarray, exclude_B: np.ndarray | None = None
) -> np.ndarray:
    """int32 [B, max_length]: the latest events before `ends`, the newest at the right, -1 for none.

    `exclude_B` holds an item code per row that is left out wherever it stands (-1 leaves nothing out).
    """
    length = histories.max_length
    starts_B = histories.starts_N1[entity_codes_B]
    if exclude_B is None:
        return _latest(histories.items_E, starts_B, ends_B, length)
    windows_BL = _latest(histories.items_E, starts_B, ends_B, length + 1)
    hits_BL = (windows_BL == exclude_B[:, None]) & (windows_BL >= 0)
    found_B = hits_BL.sum(axis=1)
    result_BL = windows_BL[:, 1:].copy()
    once = np.flatnonzero(found_B == 1)
    result_BL[once] = windows_BL[once][~hits_BL[once]].reshape(len(once), length)
    for row in np.flatnonzero(found_B > 1):
        items = histories.items_E[starts_B[row] : ends_B[row]]
        kept = items[items != exclude_B[row]][-length:]
        result_BL[row] = -1
        result_BL[row, length - len(kept) :] = kept
    return result_BL


def _latest(items_E: np.ndarray, starts_B: np.ndarray, ends_B: np.ndarray, length: int) -> np.ndarray:
    places_BL = ends_B[:, None] + np.arange(-length, 0)
    outside_BL = places_BL < starts_B[:, None]
    if len(items_E) == 0:
        return np.full(places_BL.shape, -1, np.int32)
    windows_BL = items_E[np.where(outside_BL, 0, places_BL)]
    windows_BL[outside_BL] = -1
    return windows_BL


def task_windows(dataset: Dataset, task: str, position: int, rows: np.ndarray) -> np.ndarray | None:
    """int32 [B, max_length]: the windows of one input for some rows of a task; None without a history.

    Where the window isn't cut by the row's own time, the row's own item is left out of it.
    """
    data = dataset.tasks[task]
    histories = dataset.entities[data.spec.inputs[position]].histories
    if histories is None or position not in data.history_end_R:
        return None
    exclude_B = None
    if not histories.ordered or data.spec.time is None:
        exclude_B = own_items(data.spec.inputs, histories.item_entity, data.inputs, rows)
    return window(histories, data.inputs[position][rows], data.history_end_R[position][rows], exclude_B)


def own_items(
    inputs: tuple[str, ...], item_entity: str, codes: tuple[np.ndarray, ...], rows: np.ndarray
) -> np.ndarray | None:
    """int32 [B]: the item that each row is about, to be left out of its history; None if it is about none."""
    places = [place for place, name in enumerate(inputs) if name == item_entity]
    return codes[places[-1]][rows] if places else None
