"""How a run gets its processes. A row of the table is a launcher; the supervisor knows the protocol only. No
torch here.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from mtrec_core.errors import StorageError
from mtrec_core.jobs.logs import LOG_FILE, last_lines
from mtrec_core.jobs.processes import MARK, ask_to_end, end, lives
from mtrec_core.settings import unknown_name

WORKER = (sys.executable, "-m", "mtrec_core.jobs.worker")


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What is to be started."""

    run_id: str
    folder: Path
    """Of the run; its processes write what they print to `run.log` there."""
    environment: Mapping[str, str]
    """On top of the supervisor's own: where the home is, which devices the run may see."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """The processes of a run by their leader; plain enough to be found again after a restart."""

    run_id: str
    pid: int
    create_time: float


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The leader is gone."""

    code: int | None
    """Its exit status, below 0 the signal that ended it; None where it was not this process's child."""


class Launcher(Protocol):
    """Starts and ends the processes of runs. No method waits for a run to train."""

    def submit(self, launch: Launch) -> Job:
        """Starts the run's worker in a process group of its own; StorageError when that can't be done."""
        ...

    def poll(self, job: Job) -> Ended | None:
        """Whether the leader is gone; None while it lives."""
        ...

    def stop(self, job: Job) -> None:
        """Asks all processes of the run to end, without waiting."""
        ...

    def kill(self, job: Job) -> bool:
        """Ends all processes of the run; True when none is left."""
        ...

    def tail(self, folder: Path, lines: int) -> str:
        """The last lines that the run's processes wrote."""
        ...


class LocalLauncher:
    """Processes of this machine. Each run has a session of its own, so that it outlives the supervisor, the
    page and the terminal; its output goes to a file, never to a pipe that nobody may empty."""

    def __init__(self, worker: Sequence[str] = WORKER) -> None:
        """`worker` is the command that gets the run's id as its last argument."""
        self._worker = tuple(worker)
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def submit(self, launch: Launch) -> Job:
        """Starts the worker with the run's id."""
        # Programs started in another folder find the package too.
        paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            **launch.environment,
            MARK: launch.run_id,
        }
        try:
            launch.folder.mkdir(parents=True, exist_ok=True)
            with (launch.folder / LOG_FILE).open("ab") as log:
                child = subprocess.Popen(
                    [*self._worker, launch.run_id],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise StorageError(f"Run {launch.run_id} can't be started: {error}.") from error
        self._children[child.pid] = child
        try:
            create_time = psutil.Process(child.pid).create_time()
        except psutil.Error:  # gone already; `poll` tells how
            create_time = 0.0
        return Job(run_id=launch.run_id, pid=child.pid, create_time=create_time)

    def poll(self, job: Job) -> Ended | None:
        """Asks the child, or looks for the process where an earlier supervisor was its parent."""
        child = self._children.get(job.pid)
        if child is None:
            return None if lives(job.pid, job.create_time) else Ended(code=None)
        code = child.poll()
        if code is None:
            return None
        del self._children[job.pid]
        return Ended(code=code)

    def stop(self, job: Job) -> None:
        """A termination signal to the run's group."""
        ask_to_end(job.run_id, job.pid, job.create_time)

    def kill(self, job: Job) -> bool:
        """A kill signal to every process of the run."""
        return end(job.run_id, job.pid, job.create_time)

    def tail(self, folder: Path, lines: int) -> str:
        """The end of the run's log."""
        return last_lines(folder / LOG_FILE, lines)


@dataclass(frozen=True, kw_only=True)
class LauncherChoice:
    """One row of the table of launchers."""

    key: str
    title: str
    build: Callable[[], Launcher]


LAUNCHERS: dict[str, LauncherChoice] = {
    choice.key: choice
    for choice in (LauncherChoice(key="local", title="Processes of this machine", build=LocalLauncher),)
}


def build_launcher(key: str) -> Launcher:
    """The launcher of that key; SettingError lists the known ones."""
    if key not in LAUNCHERS:
        raise unknown_name("launcher", key, list(LAUNCHERS))
    return LAUNCHERS[key].build()
