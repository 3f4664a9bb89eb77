"""The processes of a run: alone, with helpers that are started here, or with those of a launcher.

A helper that is started here stands in the run's process group and writes to a file in its folder. It ends
with the main process in any case: that one kills it, or the connection to it is lost.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import distributed

from mtrec_core.training.config import TrainingSettings
from mtrec_core.training.device import choose_device, threads_each
from mtrec_core.training.launched import Place, launched, process_count
from mtrec_core.training.processes import ALONE, WAY_OUT, Processes, ProcessesError

PATIENCE = timedelta(days=7)
"""How long the others wait for one that reads tables or validates; one that is gone is noticed at once."""

LAST_SECONDS = 10.0
"""That a helper has to end by itself: after the run, or when the connection to it was lost."""


@dataclass(frozen=True, kw_only=True)
class Helper:
    """A process that was started here."""

    rank: int
    process: "subprocess.Popen[bytes]"
    log: Path


@contextmanager
def crew(settings: TrainingSettings, folder: Path, told: Mapping[str, Any]) -> Iterator[Processes]:
    """The processes of one run, ready for its first step; called by the main one.

    `told` is what the helpers must know of the run, plain enough for JSON.
    """
    if process_count(settings) == 1:
        yield ALONE
    elif launched().count > 1:
        processes = join(launched())
        processes.from_main(told)
        yield with_gpus(processes, settings)
    else:
        with _started(settings, folder, told) as processes:
            yield with_gpus(processes, settings)


def join(place: Place, store: distributed.Store | None = None) -> Processes:
    """Connects this process with the others, once: by a store that all can reach, or as the launcher says."""
    if not distributed.is_initialized():
        distributed.init_process_group(
            "gloo",
            store=store,
            rank=place.rank,
            world_size=place.count,
            timeout=PATIENCE,
        )
    return Processes(rank=place.rank, count=place.count)


def with_gpus(processes: Processes, settings: TrainingSettings) -> Processes:
    """The same, with a way from GPU to GPU for the gradients where the run computes there."""
    if choose_device(settings).device.type != "cuda":
        return processes
    return replace(processes, gradients=distributed.new_group(backend="nccl"))


def call_in(meeting: str) -> Processes:
    """Joins the main process that started this one and waits for it."""
    place = launched()
    store = distributed.FileStore(meeting, place.count)
    store.set(_name(place.rank), "here")
    return join(place, store)


def leave() -> None:
    """Leaves the group; a process that ends within it may abort in the group's threads."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


@contextmanager
def _started(settings: TrainingSettings, folder: Path, told: Mapping[str, Any]) -> Iterator[Processes]:
    """Starts the helpers, and ends them with the block."""
    place = Place(count=settings.processes, local_count=settings.processes)
    # One machine: nothing listens where another could reach it.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    threads = torch.get_num_threads()
    torch.set_num_threads(threads_each(settings))
    helpers: list[Helper] = []
    patience = 0.0
    try:
        with TemporaryDirectory(prefix="mtrec-", ignore_cleanup_errors=True) as meeting:
            meet = str(Path(meeting) / "meeting")
            helpers.extend(
                _start(replace(place, rank=rank, local_rank=rank), folder, meet, told)
                for rank in range(1, place.count)
            )
            store = distributed.FileStore(meet, place.count)
            _wait_for(helpers, store)
            yield join(place, store)
        distributed.destroy_process_group()
        patience = LAST_SECONDS
    except ProcessesError as error:
        raise ProcessesError(_what_happened(helpers) or str(error)) from error
    finally:
        for helper in helpers:
            with suppress(subprocess.TimeoutExpired):
                helper.process.wait(patience)
            helper.process.kill()
            helper.process.wait()
        leave()
        torch.set_num_threads(threads)


def _start(place: Place, folder: Path, meet: str, told: Mapping[str, Any]) -> Helper:
    log = folder / f"helper-{place.rank}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mtrec_core.helper_process", meet, json.dumps(told)],
            env={
                **os.environ,
                **place.as_environment(),
                "OMP_NUM_THREADS": str(torch.get_num_threads()),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Helper(rank=place.rank, process=process, log=log)


def _wait_for(helpers: Sequence[Helper], store: distributed.Store) -> None:
    """Returns when every helper is ready; ProcessesError when one ended before. Ctrl-C is heard meanwhile."""
    while not store.check([_name(helper.rank) for helper in helpers]):
        if any(helper.process.poll() is not None for helper in helpers):
            raise ProcessesError(f"A process of the run ended as it began. {WAY_OUT}")
        time.sleep(0.05)


def _what_happened(helpers: Sequence[Helper]) -> str:
    """Which helper ended, and how, in words; "" when none did."""
    give_up = time.monotonic() + LAST_SECONDS
    ended: list[Helper] = []
    while not ended and time.monotonic() < give_up:
        time.sleep(0.05)
        ended = [helper for helper in helpers if helper.process.poll() is not None]
    if not ended:
        return ""
    # One that was killed comes before those that lost it.
    first = min(ended, key=lambda helper: helper.process.returncode)
    code = first.process.returncode
    how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
    lines = first.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = f"; {first.log} ends with: {lines[-1]}" if lines else ""
    which = f"Process {first.rank + 1} of the run's {len(helpers) + 1}"
    return f"{which} is gone ({how}){last.rstrip('.')}. {WAY_OUT}"


def _name(rank: int) -> str:
    """Under which a helper calls in."""
    return f"helper-{rank}"
