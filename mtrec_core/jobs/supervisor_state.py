"""Whether there is a supervisor, what it has room for, and how one is started. No torch here."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mtrec_core.errors import StorageError
from mtrec_core.home import Home
from mtrec_core.jobs.logs import last_lines
from mtrec_core.jobs.processes import lives
from mtrec_core.store.runs import own_identity
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

LOG_FILE = "supervisor.log"
START_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place for a run."""

    name: str
    """cpu, gpu:0, ..."""
    run_id: str | None
    """The run in it; None while it is free."""


@dataclass(frozen=True, kw_only=True)
class SupervisorState:
    """The supervisor of this host and home."""

    alive: bool
    pid: int | None
    """None where there never was one, or where it ended in an orderly way."""
    started: datetime | None
    beat: datetime | None
    """Its last sign of life."""
    slots: tuple[Slot, ...]


def supervisor_state(store: Store, home: Home) -> SupervisorState:
    """How it is now."""
    host, root = own_identity()[2], str(home.root)
    own = [one for one in store.supervisors() if (one.host, one.home) == (host, root)]
    if not own:
        return SupervisorState(alive=False, pid=None, started=None, beat=None, slots=())
    record = own[0]
    going_on = (RunState.STARTING, RunState.RUNNING, RunState.STOPPING)
    runs = [run for state in going_on for run in store.list_runs(state=state)]
    here = {
        slot: run.id for run in runs if str(run.folder.parent.parent) == root for slot in run.slot.split(",")
    }
    return SupervisorState(
        alive=lives(record.pid, record.create_time),
        pid=record.pid,
        started=record.started,
        beat=record.beat,
        slots=tuple(Slot(name=name, run_id=here.get(name)) for name in record.slots),
    )


def ensure_supervisor(home: Home) -> SupervisorState:
    """The supervisor that is there, or one that is started now and outlives the caller; StorageError when it
    doesn't come up."""
    with Store.open(home.database_url) as store:
        state = supervisor_state(store, home)
        if state.alive:
            return state
        child = _start(home)
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            state = supervisor_state(store, home)
            if state.alive:
                return state
            if child.poll() not in (None, 0):  # 0: another one was quicker
                break
            time.sleep(0.1)
    told = last_lines(home.root / LOG_FILE, 1)
    raise StorageError(
        f"The supervisor does not come up{': ' + told if told else ''}. {home.root / LOG_FILE} says more; "
        "`python -m mtrec_core up` starts it in the foreground."
    )


def _start(home: Home) -> "subprocess.Popen[bytes]":
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "MTREC_HOME": str(home.root),
        "MTREC_DB": home.database_url,
    }
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        with (home.root / LOG_FILE).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "mtrec_core.jobs.supervise"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise StorageError(f"The supervisor can't be started: {error}.") from error
