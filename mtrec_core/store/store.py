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

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mtrec_core.store import commands, queries, queue, runs
from mtrec_core.store.database import Database, is_sqlite, make_folder, parse_url
from mtrec_core.store.metric_store import MetricStore
from mtrec_core.store.migrate import upgrade
from mtrec_core.store.models import DatasetRow, ExperimentRow
from mtrec_core.store.people import PeopleStore
from mtrec_core.store.records import (
    CommandRecord,
    DatasetRecord,
    EventRecord,
    ExperimentRecord,
    RunProgress,
    RunRecord,
    SupervisorRecord,
)
from mtrec_core.store.run_ids import resolve_run_id
from mtrec_core.store.states import RunRole, RunState
from mtrec_core.store.supervisors import beat_supervisor, forget_supervisor, list_supervisors


class Store(MetricStore, PeopleStore):
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

    def claim_next_run(
        self, worker: str, slot_for: Callable[[RunRecord], str | None] | None = None
    ) -> RunRecord | None:
        """The first run of the queue for which `slot_for` has a slot, now `starting` and the caller's.

        None when nothing waits or nothing fits.
        """
        with self._database.writing() as session:
            run_id = queue.claim_next(session, worker, slot_for)
            return None if run_id is None else queries.run_by_id(session, run_id)

    def queue_again(self, run_id: str, more_epochs: float = 0.0, *, claimed_by: str = "") -> RunRecord:
        """A run that is over goes to the end of the queue, or to the caller if `claimed_by` names it."""
        with self._database.writing() as session:
            queue.queue_again(session, run_id, more_epochs)
            if claimed_by:
                runs.change_state(session, run_id, RunState.STARTING, claimed_by)
            return queries.run_by_id(session, run_id)

    def move_in_queue(self, run_id: str, place: queue.Place) -> None:
        """Another place for a waiting run: first, up, down or last; UserError when it waits no more."""
        with self._database.writing() as session:
            queue.move_in_queue(session, run_id, place)

    def beat(
        self,
        run_id: str,
        progress: RunProgress | None = None,
        *,
        process: tuple[int, float, str] | None = None,
    ) -> None:
        """A sign of life of the process (pid, create time, host) that works on the run, by default the
        caller, and how far that is; no effect when the run is over."""
        told = None if progress is None else progress.to_json()
        with self._database.writing() as session:
            runs.beat(session, run_id, process or runs.own_identity(), told)

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
            return commands.insert_command(session, run_id, kind, payload or {})

    def pending_commands(self, run_id: str) -> list[CommandRecord]:
        """The commands that nobody has applied yet, oldest first; reading them changes nothing."""
        with self._database.reading() as session:
            return commands.pending_commands(session, run_id)

    def take_commands(self, run_id: str) -> list[CommandRecord]:
        """The commands that nobody has taken yet, oldest first; they are the caller's to apply."""
        with self._database.writing() as session:
            return commands.take_commands(session, run_id)

    def settle_commands(self, ids: Collection[int]) -> None:
        """Notes that commands were applied."""
        with self._database.writing() as session:
            commands.settle_commands(session, ids)

    def change_weights(
        self,
        run_id: str,
        *,
        step: int,
        before: Mapping[str, float],
        after: Mapping[str, float],
        settles: Collection[int] = (),
    ) -> None:
        """Notes that a run trains with other task weights after a step: an event `weights`, the run's
        `weights_now`, and the commands that asked for it as applied."""
        with self._database.writing() as session:
            commands.change_weights(session, run_id, step, before, after, settles)

    # Supervisors

    def beat_supervisor(
        self, *, host: str, home: str, pid: int, create_time: float, slots: Sequence[str], version: str
    ) -> None:
        """A sign of life of the process that takes runs from the queue on this host for this home."""
        with self._database.writing() as session:
            beat_supervisor(
                session, host=host, home=home, pid=pid, create_time=create_time, slots=slots, version=version
            )

    def forget_supervisor(self, *, host: str, home: str, pid: int) -> None:
        """A supervisor ends in an orderly way."""
        with self._database.writing() as session:
            forget_supervisor(session, host=host, home=home, pid=pid)

    def supervisors(self) -> list[SupervisorRecord]:
        """Those that have not ended in an orderly way; whether they live, `jobs.supervisor` finds out."""
        with self._database.reading() as session:
            return list_supervisors(session)
