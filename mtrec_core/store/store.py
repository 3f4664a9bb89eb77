"""The store: everything the program remembers between two commands. No torch here.

The contract, which `tests/store/test_contract.py` holds for SQLite and PostgreSQL alike:

- Every method is one transaction. When it returns, every process sees what it wrote; when it raises, nothing
  of it was written.
- Records are frozen values. They tell how things were when they were read, and outlive the store.
- Several threads may share one Store, several processes may open one database. A forked child opens its own.
- A run is in one state at a time. A transition is legal by `RunState.can_become` or raises IllegalTransition;
  of two processes that try the same transition one succeeds. Each transition is an event.
- Events and points of one run become visible in the order of their ids: who has read up to id n and asks for
  what comes after it misses nothing and reads nothing twice.
- A metric point is in the database at most about a second after it was given to the writer, together with the
  summary it changes, or not at all.
- Ids of points count up and are never given again, not even after a rewind.
- Each run is claimed by one worker, each command taken by one process. Numbers of runs count up from 1.
- What goes wrong is a UserError (a wrong name, a wrong address, a newer database) or a StorageError (disk,
  lock, server, damaged file), with a sentence that names the database and the way out.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mtrec_core.store import queries, runs
from mtrec_core.store.database import Database, is_sqlite, make_folder, parse_url
from mtrec_core.store.job_store import JobStore
from mtrec_core.store.metric_store import MetricStore
from mtrec_core.store.migrate import upgrade
from mtrec_core.store.models import DatasetRow, ExperimentRow
from mtrec_core.store.people import PeopleStore
from mtrec_core.store.records import (
    DatasetRecord,
    ExperimentRecord,
    RunRecord,
)
from mtrec_core.store.run_ids import resolve_run_id
from mtrec_core.store.states import RunRole, RunState


class Store(MetricStore, JobStore, PeopleStore):
    """An open database. `with Store.open(url) as store:` closes it."""

    @classmethod
    def open(cls, url: str) -> "Store":
        """The store at an address. A new database gets its tables, an older one is brought up to date."""
        address = parse_url(url)
        if is_sqlite(address):
            make_folder(address)
        database = Database(address)
        try:
            upgrade(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Gives the connections back; the store isn't used after that."""
        self._database.close()

    def refusing(self, refusal: str) -> "Store":
        """The same store for one who may only look: a write ends in a UserError with this sentence."""
        return Store(self._database.refusing(refusal))

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Datasets and experiments

    def add_dataset(
        self, *, name: str, folder: Path, fingerprint: str, spec: Mapping[str, Any] | None = None
    ) -> DatasetRecord:
        """The dataset of this name and fingerprint: the record there is, with this folder, or a new one."""
        with self._database.writing() as session:
            query = select(DatasetRow).where(DatasetRow.name == name, DatasetRow.fingerprint == fingerprint)
            row = session.scalars(query).first()
            if row is None:
                row = DatasetRow(
                    name=name,
                    fingerprint=fingerprint,
                    spec=dict(spec or {}),
                    created=runs.now(),
                    folder=str(folder),
                )
                try:
                    with session.begin_nested():
                        session.add(row)
                except IntegrityError:  # another process was first
                    row = session.scalars(query).one()
            row.folder = str(folder)
            return queries.dataset_record(row)

    def list_datasets(self) -> list[DatasetRecord]:
        """All datasets, newest first."""
        with self._database.reading() as session:
            return queries.list_datasets(session)

    def add_experiment(self, *, name: str, kind: str = "single", note: str = "") -> ExperimentRecord:
        """A new group of runs."""
        with self._database.writing() as session:
            row = ExperimentRow(name=name, kind=kind, note=note, created=runs.now())
            session.add(row)
            session.flush()
            return queries.experiment_record(row)

    def list_experiments(self) -> list[ExperimentRecord]:
        """All experiments, newest first."""
        with self._database.reading() as session:
            return queries.list_experiments(session)

    # Runs

    def add_run(
        self,
        *,
        dataset: DatasetRecord,
        config: Mapping[str, Any],
        config_fingerprint: str,
        runs_folder: Path,
        name: str = "",
        seed: int = 0,
        experiment: ExperimentRecord | None = None,
        role: RunRole = RunRole.JOINT,
        task: str | None = None,
        state: RunState = RunState.QUEUED,
    ) -> RunRecord:
        """A new run, whose folder is `runs_folder / id`.

        `state` is queued for a worker to find it, or starting when the caller trains it itself.
        """
        with self._database.writing() as session:
            run_id = runs.insert_run(
                session,
                dataset_id=dataset.id,
                config=config,
                config_fingerprint=config_fingerprint,
                runs_folder=runs_folder,
                name=name,
                seed=seed,
                experiment_id=None if experiment is None else experiment.id,
                role=role,
                task=task,
                state=state,
            )
            return queries.run_by_id(session, run_id)

    def get_run(self, named: str) -> RunRecord:
        """The run with this id, the one run whose id begins so, or for "last" the newest.

        UserError when none or several fit; it lists those that come near.
        """
        with self._database.reading() as session:
            return queries.run_by_id(session, resolve_run_id(session, named))

    def list_runs(
        self,
        *,
        dataset: str | None = None,
        state: RunState | None = None,
        experiment: ExperimentRecord | None = None,
        limit: int | None = None,
    ) -> list[RunRecord]:
        """Runs that fit every filter, newest first; `dataset` is a name."""
        with self._database.reading() as session:
            experiment_id = None if experiment is None else experiment.id
            return queries.list_runs(
                session, dataset=dataset, state=state, experiment_id=experiment_id, limit=limit
            )

    def change_state(self, run_id: str, new: RunState, reason: str = "") -> RunRecord:
        """Moves a run to another state and records the event; IllegalTransition when it can't go there."""
        with self._database.writing() as session:
            runs.change_state(session, run_id, new, reason)
            return queries.run_by_id(session, run_id)

    def annotate(
        self,
        run_id: str,
        *,
        note: str | None = None,
        tags: Sequence[str] | None = None,
        starred: bool | None = None,
        archived: bool | None = None,
    ) -> RunRecord:
        """Replaces what people wrote on a run; None leaves a part as it is."""
        with self._database.writing() as session:
            runs.annotate(session, run_id, note, tags, starred, archived)
            return queries.run_by_id(session, run_id)

    def set_result(
        self,
        run_id: str,
        result: Mapping[str, Any],
        *,
        best_step: int | None = None,
        rows_per_second: float | None = None,
    ) -> None:
        """Replaces a run's result; numbers that are not finite become null."""
        with self._database.writing() as session:
            runs.save_result(session, run_id, result, best_step, rows_per_second)
