"""What pages read from the store, cached for a moment and shared by all who look. No torch here.

Each function takes plain values and reads no widget.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from mtrec_core.home import Home
from mtrec_core.jobs.supervisor_state import SupervisorState, supervisor_state
from mtrec_core.store.records import DatasetRecord, EventRecord, PersonRecord, Role, RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

LIVE_SECONDS = 1.0
"""How old what a live page shows may be."""


@st.cache_resource(max_entries=4, show_spinner=False)
def store_at(url: str) -> Store:
    """The open store of an address; one for all threads of the page server."""
    return Store.open(url)


def store() -> Store:
    """The store that MTREC_HOME and MTREC_DB name."""
    return store_at(Home.from_environment().database_url)


@st.cache_resource(ttl=LIVE_SECONDS, max_entries=32, show_spinner=False)
def runs(url: str, dataset: str | None = None, limit: int | None = None) -> tuple[RunRecord, ...]:
    """Runs, newest first. One list for all who look: a copy of 200 runs takes longer than most pages."""
    return tuple(store_at(url).list_runs(dataset=dataset, limit=limit))


def runs_with(url: str, named: Sequence[str]) -> tuple[RunRecord, ...]:
    """The same, with the runs that a link names by number or id, however young they are."""
    known = runs(url)
    names = {name for record in known for name in (record.id, str(record.number))}
    missing = tuple(name for name in named if name and name not in names)
    return _runs_anew(url, missing) if missing else known


@st.cache_resource(ttl=LIVE_SECONDS, max_entries=32, show_spinner=False)
def _runs_anew(url: str, named: tuple[str, ...]) -> tuple[RunRecord, ...]:
    """Read once for each link and second: a link to a run that is gone must not read with every rerun."""
    runs.clear()
    return runs(url)


@st.cache_data(ttl=LIVE_SECONDS, max_entries=64, show_spinner=False)
def run(url: str, run_id: str) -> RunRecord:
    """One run by its whole id; UserError when there is none."""
    return store_at(url).get_run(run_id)


def active_runs(url: str) -> list[RunRecord]:
    """What is going on or waits for its turn: going on first, then by age."""
    found = [item for item in runs(url) if not item.state.is_over]
    return sorted(found, key=lambda item: (item.state is RunState.QUEUED, item.created))


@st.cache_data(ttl=LIVE_SECONDS, max_entries=64, show_spinner=False)
def events(url: str, run_id: str) -> list[EventRecord]:
    """What happened to a run, in order."""
    return store_at(url).events(run_id)


@st.cache_data(ttl=LIVE_SECONDS, max_entries=8, show_spinner=False)
def datasets(url: str) -> list[DatasetRecord]:
    """All datasets, newest first."""
    return store_at(url).list_datasets()


@st.cache_data(ttl=2 * LIVE_SECONDS, max_entries=4, show_spinner=False)
def supervisor(home: Home) -> SupervisorState:
    """The supervisor of this host, and what is in its slots."""
    return supervisor_state(store_at(home.database_url), home)


@st.cache_data(ttl=2 * LIVE_SECONDS, max_entries=64, show_spinner=False)
def role(url: str, email: str) -> Role:
    """What a person may do."""
    return store_at(url).role_of(email)


@st.cache_data(ttl=LIVE_SECONDS, max_entries=4, show_spinner=False)
def people(url: str) -> list[PersonRecord]:
    """All who have a role."""
    return store_at(url).people()


def now() -> datetime:
    """The moment against which ages are told."""
    return datetime.now(UTC)


@st.cache_data(max_entries=64, show_spinner=False)
def dataset_spec(url: str, dataset_id: int) -> dict[str, Any]:
    """The declaration of a dataset as its runs saw it; a record never changes."""
    return next((item.spec for item in store_at(url).list_datasets() if item.id == dataset_id), {})


def waiting_before(url: str, record: RunRecord) -> int:
    """How many runs stand before it in the queue."""
    waiting = [item for item in runs(url) if item.state is RunState.QUEUED]
    return sum(item.queue_place < record.queue_place for item in waiting)


def task_names(record: RunRecord, known: Sequence[DatasetRecord]) -> tuple[str, ...]:
    """All tasks of the run's dataset in the order of its declaration, which decides their colours."""
    for dataset in known:
        if dataset.id == record.dataset_id:
            return tuple(dataset.spec.get("tasks", {}))
    return ()
