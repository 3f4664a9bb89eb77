"""What tables of many runs read of each: kept for runs that are over. No torch here.

Of 200 listed runs all but a few never change again; those that go on are read anew at each look.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import streamlit as st

from mtrec_core.store.records import RunRecord, SummaryRecord
from mtrec_core.ui import loaders

Value = TypeVar("Value")


class KeptRows(Generic[Value]):
    """One value per run, for all who look."""

    def __init__(self, read: Callable[[tuple[str, ...]], Mapping[str, Value]]) -> None:
        self._read = read
        self._kept: dict[str, tuple[int, Value | None]] = {}
        self._lock = threading.Lock()

    def of(self, runs: Sequence[RunRecord]) -> dict[str, Value]:
        """Run id -> value, in the order of the runs; runs that have none are left out.

        A run that was resumed has other points when it is over again, and so another `last_point`.
        """
        with self._lock:
            kept = {run.id: self._kept[run.id] for run in runs if run.id in self._kept}
        missing = [run for run in runs if run.id not in kept or kept[run.id][0] != run.last_point]
        if missing:
            read = self._read(tuple(run.id for run in missing))
            new = {run.id: (run.last_point, read.get(run.id)) for run in missing}
            kept |= new
            with self._lock:
                self._kept |= {run.id: new[run.id] for run in missing if run.state.is_over}
        return {run.id: value for run in runs if (value := kept[run.id][1]) is not None}


@st.cache_resource(max_entries=32, show_spinner=False)
def _summaries(url: str, names: tuple[str, ...]) -> KeptRows[list[SummaryRecord]]:
    def read(run_ids: tuple[str, ...]) -> dict[str, list[SummaryRecord]]:
        found: dict[str, list[SummaryRecord]] = {}
        for row in loaders.store_at(url).summaries(run_ids, names):
            found.setdefault(row.run_id, []).append(row)
        return found

    return KeptRows(read)


def summaries(url: str, runs: Sequence[RunRecord], names: tuple[str, ...]) -> list[SummaryRecord]:
    """One row per curve of the runs."""
    return [row for rows in _summaries(url, names).of(runs).values() for row in rows]


@st.cache_resource(max_entries=32, show_spinner=False)
def _sparklines(url: str, task: str, split: str, name: str) -> KeptRows[list[float]]:
    return KeptRows(
        lambda run_ids: loaders.store_at(url).sparklines(run_ids, task=task, split=split, name=name)
    )


def sparklines(
    url: str, runs: Sequence[RunRecord], task: str, split: str, name: str
) -> dict[str, list[float]]:
    """A few values of one curve per run."""
    return _sparklines(url, task, split, name).of(runs)
