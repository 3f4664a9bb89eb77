"""A run's curves and events, growing as it trains: each tick reads only what is new. No torch here.

One `LiveRun` serves every tab that looks at the run.
"""

import threading
import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from mtrec_core.store.curves import Curve
from mtrec_core.store.records import EventRecord
from mtrec_core.store.store import Store
from mtrec_core.ui import loaders

FRESH_SECONDS = 0.5
"""Tabs that ask within this time share one look at the database."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A run's curves and events at one moment; never changed, so that threads may share it."""

    curves: dict[tuple[str, str, str], Curve] = field(default_factory=dict)
    """(task, split, name) -> curve."""
    events: tuple[EventRecord, ...] = ()
    last_point: int = 0


class LiveRun:
    """Reads on from where it stopped; begins anew when the run returned to an earlier checkpoint."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._lock = threading.Lock()
        self._seen = Seen()
        self._looked = -FRESH_SECONDS

    def look(self) -> Seen:
        """All there is by now."""
        with self._lock:
            if time.monotonic() - self._looked >= FRESH_SECONDS:
                self._seen = self._read_on(self._seen)
                self._looked = time.monotonic()
            return self._seen

    def _read_on(self, seen: Seen) -> Seen:
        last_event = seen.events[-1].id if seen.events else 0
        # Events first: a return to a checkpoint between the two readings is then noticed by the next tick.
        new_events = self._store.events(self._run_id, last_event)
        events = (*seen.events, *new_events)
        if any(event.kind == "rewound" for event in new_events):
            seen = Seen()
        new = self._store.curves_after(self._run_id, seen.last_point)
        curves = dict(seen.curves)
        for key, curve in new.items():
            name = (key.task, key.split, key.name)
            curves[name] = joined(curves[name], curve) if name in curves else curve
        newest = max((int(curve.ids[-1]) for curve in new.values()), default=seen.last_point)
        return Seen(curves=curves, events=events, last_point=newest)


@st.cache_resource(max_entries=32, show_spinner=False)
def live_run(url: str, run_id: str) -> LiveRun:
    """A run's curves, which grow; one for all tabs."""
    return LiveRun(loaders.store_at(url), run_id)


def joined(first: Curve, then: Curve) -> Curve:
    """One curve after the other."""
    return Curve(
        ids=np.concatenate([first.ids, then.ids]),
        steps=np.concatenate([first.steps, then.steps]),
        epochs=np.concatenate([first.epochs, then.epochs]),
        seconds=np.concatenate([first.seconds, then.seconds]),
        values=np.concatenate([first.values, then.values]),
    )
