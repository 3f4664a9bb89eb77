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
- Each run is claimed by one worker, each command taken by one process.
- What goes wrong is a UserError (a wrong name, a wrong address, a newer database) or a StorageError (disk,
  lock, server, damaged file), with a sentence that names the database and the way out.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mtrec_core.store import queries, runs
from mtrec_core.store.database import Database, is_sqlite, make_folder, parse_url
from mtrec_core.store.migrate import upgrade
from mtrec_core.store.models import DatasetRow, ExperimentRow
from mtrec_core.store.records import (
    CommandRecord,
    DatasetRecord,
    EventRecord,
    ExperimentRecord,
    PointRecord,
    RunRecord,
    SummaryRecord,
)
from mtrec_core.store.rewind import rewind
from mtrec_core.store.run_ids import resolve_run_id
from mtrec_core.store.states import RunRole, RunState
from mtrec_core.store.writer import PointWriter, open_writer


class Store:
    """An open database. `with Store.open(url) as store:` closes it."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def get_dataset(self, name: str) -> DatasetRecord:
        """The newest dataset of that name; UserError lists the known ones."""
        with self._database.reading() as session:
            return queries.dataset_by_name(session, name)

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

    def claim_next_run(self, worker: str) -> RunRecord | None:
        """The run that has been queued longest, now `starting` and the caller's; None when nothing waits."""
        with self._database.writing() as session:
            run_id = runs.claim_next(session, worker)
            return None if run_id is None else queries.run_by_id(session, run_id)

    def beat(self, run_id: str) -> None:
        """A sign of life of the calling process, which works on the run; no effect when the run is over."""
        pid, create_time, host = runs.own_identity()
        with self._database.writing() as session:
            runs.beat(session, run_id, pid, create_time, host)

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

    # Events and commands

    def add_event(self, run_id: str, kind: str, payload: Mapping[str, Any] | None = None) -> int:
        """Notes that something happened to a run; gives the event's id."""
        with self._database.writing() as session:
            runs.lock_run(session, run_id)
            return runs.insert_event(session, run_id, kind, payload or {})

    def events(self, run_id: str, after_id: int = 0) -> list[EventRecord]:
        """The events of a run after one that was read already, in their order."""
        with self._database.reading() as session:
            return queries.list_events(session, run_id, after_id)

    def issue_command(self, run_id: str, kind: str, payload: Mapping[str, Any] | None = None) -> int:
        """Asks something of a run, such as `stop`; gives the command's id. UserError when the run is over."""
        with self._database.writing() as session:
            return runs.insert_command(session, run_id, kind, payload or {})

    def take_commands(self, run_id: str) -> list[CommandRecord]:
        """The commands that nobody has taken yet, oldest first; they are the caller's to apply."""
        with self._database.writing() as session:
            return runs.take_commands(session, run_id)

    # Metrics

    def writer(self, run_id: str, higher_is_better: Callable[[str], bool] | None = None) -> PointWriter:
        """Writes the metric points of a run in the background; a context manager.

        `higher_is_better` says by a metric's name which of two values a summary takes as best. By default the
        table of metrics does; of names that it doesn't know, such as losses, the lower value is the better.
        """
        if higher_is_better is None:
            from mtrec_core.evaluation.metrics import METRICS

            better_when_high = frozenset(name for name, metric in METRICS.items() if metric.higher_is_better)
            higher_is_better = better_when_high.__contains__
        return open_writer(self._database, run_id, higher_is_better)

    def rewind(self, run_id: str, step: int) -> None:
        """Forgets the metric points after a step, for a run that goes on from its checkpoint of that step.

        They will come again. An event `rewound` tells those who have read them.
        """
        with self._database.writing() as session:
            rewind(session, run_id, step)

    def points(
        self,
        run_id: str,
        after_id: int = 0,
        *,
        names: Collection[str] | None = None,
        task: str | None = None,
        split: str | None = None,
    ) -> list[PointRecord]:
        """Metric points of a run after one that was read, in their order; of some curves, if asked."""
        with self._database.reading() as session:
            return queries.list_points(
                session, run_id, after_id=after_id, names=names, task=task, split=split
            )

    def summaries(
        self, run_ids: Collection[str], names: Collection[str] | None = None
    ) -> list[SummaryRecord]:
        """One row per curve of the runs: last and best value, for lists that must not read every point."""
        with self._database.reading() as session:
            return queries.list_summaries(session, run_ids, names)
