"""The supervisor: takes runs from the queue, gives each its processes, and sees to it that they end.

One per host and home; `up`, the pages and `train --queue` start it as `python -m mtrec_core.jobs.supervise`.
Runs outlive it: a new supervisor adopts what lives and marks the rest lost. No torch here.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

import mtrec_core
from mtrec_core.errors import StorageError, UserError
from mtrec_core.home import Home
from mtrec_core.jobs.config import SupervisorSettings
from mtrec_core.jobs.launchers import Ended, Job, Launch, Launcher
from mtrec_core.jobs.processes import lives
from mtrec_core.jobs.requests import BEING_KILLED, KILLED
from mtrec_core.jobs.slots import choose_slot, slot_environment
from mtrec_core.jobs.supervisor_state import SupervisorState, ensure_supervisor, supervisor_state
from mtrec_core.recorded_run import mark_if_lost
from mtrec_core.store.records import RunRecord
from mtrec_core.store.runs import own_identity
from mtrec_core.store.states import IllegalTransition, RunState
from mtrec_core.store.store import Store

__all__ = ["Supervisor", "SupervisorState", "ensure_supervisor", "supervisor_state"]

TICK_SECONDS = 0.5
BEAT_SECONDS = 2.0
STRANGERS_SECONDS = 10.0
"""How often it looks after runs that it did not start: those of terminals."""
GOING_ON = (RunState.STARTING, RunState.RUNNING, RunState.STOPPING)


@dataclass(kw_only=True)
class Pressed:
    """A run that was asked to stop: since when, and how far that was pressed."""

    since: float
    terminated: float | None = None


class Supervisor:
    """Knows the jobs of its runs. `tick` does all there is to do at the moment, and never waits for a run."""

    def __init__(
        self,
        store: Store,
        home: Home,
        settings: SupervisorSettings,
        launcher: Launcher,
        slots: tuple[str, ...],
    ) -> None:
        self.store = store
        self.home = home
        self.settings = settings
        self.launcher = launcher
        self.slots = slots
        self.jobs: dict[str, Job] = {}
        self.held: dict[str, str] = {}
        """Run -> the slot that it holds."""
        self.pressed: dict[str, Pressed] = {}
        self.pid, self.create_time, self.host = own_identity()
        self._beaten = self._looked_round = float("-inf")

    def adopt(self) -> None:
        """Takes over the runs of an earlier supervisor that live, and marks those lost that don't."""
        for run in self._own_runs():
            process = run.process
            if process is None:
                if run.slot:
                    self._conclude(run.id, "It was about to begin when its supervisor ended. Resume it.")
            elif process.host == self.host and run.slot and lives(process.pid, process.create_time):
                self.jobs[run.id] = Job(run_id=run.id, pid=process.pid, create_time=process.create_time)
                self.held[run.id] = run.slot
            else:
                mark_if_lost(run, self.store)

    def tick(self) -> None:
        """A sign of life; ends what has ended; presses what shall stop; starts what fits."""
        now = time.monotonic()
        if now - self._beaten >= BEAT_SECONDS:
            self._beaten = now
            self.store.beat_supervisor(
                host=self.host,
                home=str(self.home.root),
                pid=self.pid,
                create_time=self.create_time,
                slots=self.slots,
                version=mtrec_core.__version__,
            )
        self._reap()
        self._press()
        while self._start_next():
            pass
        if now - self._looked_round >= STRANGERS_SECONDS:
            self._looked_round = now
            for run in self._own_runs():
                if run.id not in self.jobs:
                    mark_if_lost(run, self.store)

    def leave(self) -> None:
        """Ends the supervisor; its runs go on."""
        self.store.forget_supervisor(host=self.host, home=str(self.home.root), pid=self.pid)

    def _own_runs(self) -> list[RunRecord]:
        """Runs of this home that go on."""
        found = [run for state in GOING_ON for run in self.store.list_runs(state=state)]
        return [run for run in found if self._is_of_this_home(run)]

    def _is_of_this_home(self, run: RunRecord) -> bool:
        """A database may serve several homes; another home's folders may be out of reach."""
        return run.folder.parent == self.home.root / "runs"

    def _reap(self) -> None:
        for job in list(self.jobs.values()):
            ended = self.launcher.poll(job)
            if ended is None or not self.launcher.kill(job):
                continue  # it lives, or something of it is left that can't be ended yet
            del self.jobs[job.run_id]
            self.held.pop(job.run_id, None)
            self.pressed.pop(job.run_id, None)
            self._conclude(job.run_id, _what_happened(ended))

    def _conclude(self, run_id: str, reason: str) -> None:
        """The last state of a run whose processes are gone, where it did not write that itself."""
        run = self.store.get_run(run_id)
        if run.state is RunState.STOPPING:
            killed = run.reason == BEING_KILLED
            new, reason = RunState.STOPPED, KILLED if killed else f"{run.reason} {reason}".strip()
        elif run.state in GOING_ON:
            new = RunState.LOST
        else:
            return
        with suppress(IllegalTransition):  # someone else was quicker
            self.store.change_state(run_id, new, reason)

    def _press(self) -> None:
        """Stopping runs get time for their checkpoint, then a termination signal, then the end."""
        stopping = {run.id for run in self.store.list_runs(state=RunState.STOPPING)}
        now = time.monotonic()
        for run_id in stopping & self.jobs.keys():
            job, state = self.jobs[run_id], self.pressed.setdefault(run_id, Pressed(since=now))
            killed = any(command.kind == "kill" for command in self.store.pending_commands(run_id))
            if killed or (
                state.terminated is not None and now - state.terminated >= self.settings.end_seconds
            ):
                self.launcher.kill(job)
            elif state.terminated is None and now - state.since >= self.settings.stop_seconds:
                state.terminated = now
                self.launcher.stop(job)

    def _start_next(self) -> bool:
        """Claims the first run of the queue for which there is room, and starts it."""
        taken = {part for slot in self.held.values() for part in slot.split(",")}
        free = [slot for slot in self.slots if slot not in taken]
        if not free:
            return False

        def slot_for(run: RunRecord) -> str | None:
            if run.id in self.jobs or not self._is_of_this_home(run):
                return None
            return choose_slot(run.config, self.slots, free)

        run = self.store.claim_next_run(f"the supervisor of {self.host}", slot_for)
        if run is None:
            return False
        environment = {
            "MTREC_HOME": str(self.home.root),
            "MTREC_DB": self.home.database_url,
            **slot_environment(run.slot, self.slots),
        }
        try:
            job = self.launcher.submit(Launch(run_id=run.id, folder=run.folder, environment=environment))
        except (StorageError, UserError) as error:
            self.store.change_state(run.id, RunState.FAILED, str(error))
            return True
        self.jobs[run.id], self.held[run.id] = job, run.slot
        self.store.beat(run.id, process=(job.pid, job.create_time, self.host))
        return True


def _what_happened(ended: Ended) -> str:
    """Why a run is over that did not say so itself."""
    match ended.code:
        case None | 0:
            what = "Its process is gone without a result"
        case -9:
            what = "Its process was killed, perhaps because the machine ran out of memory"
        case code if code < 0:
            what = f"Its process was ended by signal {-code}"
        case code:
            what = f"Its process ended with code {code}; its log says more"
    return f"{what}. Resume it to go on from its last checkpoint."
