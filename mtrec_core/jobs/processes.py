"""Which processes belong to a run, whether they live, and how they are ended. No torch here.

A run's processes are its leader, the leader's descendants, its process group, and what carries the run's mark
in its environment: one of these holds even when others are gone. A zombie counts as ended.
"""

import os
import signal
import time
from contextlib import suppress

import psutil

MARK = "MTREC_RUN"
"""Environment variable with the id of the run, for all processes that a launcher starts."""


def lives(pid: int, create_time: float) -> bool:
    """Whether this very process works still, and not a later one with its number."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - create_time) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def members(run_id: str, pid: int, create_time: float) -> list[psutil.Process]:
    """The run's processes that live, the calling one left out."""
    found: dict[int, psutil.Process] = {}
    leader_lives = lives(pid, create_time)
    if leader_lives:
        with suppress(psutil.Error):
            leader = psutil.Process(pid)
            found |= {each.pid: each for each in (leader, *leader.children(recursive=True))}
    # While a group has members, its number is not given to a new process: then it is still this run's.
    group_is_ours = leader_lives or not psutil.pid_exists(pid)
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            in_group = group_is_ours and os.getpgid(process.pid) == pid
            if in_group or process.environ().get(MARK) == run_id:
                found[process.pid] = process
    found.pop(os.getpid(), None)
    return [each for each in found.values() if _works(each)]


def ask_to_end(run_id: str, pid: int, create_time: float) -> None:
    """A termination signal to the run's whole group, or to its processes where it has no group of its own."""
    alive = members(run_id, pid, create_time)
    if any(each.pid == pid for each in alive) and _group_of(pid) == pid and pid != os.getpgrp():
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
        return
    for each in alive:
        with suppress(psutil.Error):
            each.terminate()


def end(run_id: str, pid: int, create_time: float, seconds: float = 10.0) -> bool:
    """Kills every process of the run; True when none is left."""
    give_up = time.monotonic() + seconds
    while alive := members(run_id, pid, create_time):
        for each in alive:
            with suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(alive, timeout=0.5)
        if time.monotonic() > give_up:
            return not members(run_id, pid, create_time)
    return True


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def _works(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
