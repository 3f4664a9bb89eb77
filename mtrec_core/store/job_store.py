"""The store's part for jobs: the queue, signs of life, events, commands and supervisors. No torch here."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from mtrec_core.store import commands, queries, queue, runs
from mtrec_core.store.database import Database
from mtrec_core.store.records import CommandRecord, EventRecord, RunProgress, RunRecord, SupervisorRecord
from mtrec_core.store.states import RunState
from mtrec_core.store.supervisors import beat_supervisor, forget_supervisor, list_supervisors


class JobStore:
    """Its contract is that of `store.store`, of which it is a part."""

    _database: Database

    # The queue

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
