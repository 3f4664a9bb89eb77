"""A person's history in words: what it held, when, and whether the model reads it. No torch here."""

from collections.abc import Sequence

import numpy as np

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.reading import NO_TIME
from mtrec_core.inference.asked import PastEvent, Thing

FIRST_MOMENT = 10**17
"""Times from here on are taken for nanoseconds since 1970 (this one is in 1973), smaller ones for numbers."""


def thing(dataset: Dataset, entity: str, code: int) -> Thing:
    """A thing as a page names it."""
    known = dataset.entities[entity]
    text = "" if known.texts is None else known.texts[code].as_py()
    return Thing(key=known.keys[code].as_py(), text=text or "")


def past_events(
    dataset: Dataset, person: str, code: int, memory: int, most: int, without: Sequence[int] = ()
) -> tuple[PastEvent, ...]:
    """The latest `most` events, the oldest first; the last `memory` of them are read by the model.

    `without`: places of events that `dataset` lacks already; the others keep the place that they had.
    """
    histories = dataset.entities[person].histories
    if histories is None:
        return ()
    begin, end = int(histories.starts_N1[code]), int(histories.starts_N1[code + 1])
    places = np.delete(np.arange(end - begin + len(set(without))), np.array(sorted(set(without)), np.int64))
    found = []
    for event in range(max(begin, end - most), end):
        item = thing(dataset, histories.item_entity, int(histories.items_E[event]))
        time = NO_TIME if histories.time_E is None else int(histories.time_E[event])
        found.append(
            PastEvent(
                place=int(places[event - begin]),
                key=item.key,
                text=item.text,
                time=_moment(time),
                is_read=event >= end - memory,
            )
        )
    return tuple(found)


def _moment(time: int) -> str:
    if time == NO_TIME:
        return ""
    if abs(time) < FIRST_MOMENT:
        return str(time)
    return str(np.datetime64(time, "ns").astype("datetime64[D]"))
