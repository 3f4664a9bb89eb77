"""A home with runs in its queue, and supervisors over stand-ins for workers."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mtrec_core.home import Home
from mtrec_core.jobs.config import SupervisorSettings
from mtrec_core.jobs.launchers import LocalLauncher
from mtrec_core.jobs.processes import end
from mtrec_core.jobs.supervisor import Supervisor
from mtrec_core.store.records import RunRecord
from mtrec_core.store.store import Store

STAND_IN = Path(__file__).parent / "stand_in.py"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return Home.from_environment()


@pytest.fixture
def store(home) -> Iterator[Store]:
    with Store.open(home.database_url) as opened:
        yield opened


@pytest.fixture
def queue(home, store) -> Callable[..., RunRecord]:
    """queue(name, device) puts a run into the queue."""
    dataset = store.add_dataset(name="shop", folder=Path("/data/shop"), fingerprint="f1")

    def add(name: str = "a", device: str = "auto", folder: Path | None = None) -> RunRecord:
        config = {"dataset": "/data/shop", "training": {"device": device}}
        return store.add_run(
            dataset=dataset,
            config=config,
            config_fingerprint="c",
            runs_folder=folder or home.runs,
            name=name,
        )

    return add


@pytest.fixture
def supervise(home, store) -> Iterator[Callable[..., Supervisor]]:
    """supervise(kind, slots) is a supervisor whose workers are stand-ins; all that they left is killed."""
    made: list[Supervisor] = []

    def make(kind: str = "works", slots: tuple[str, ...] = ("cpu",), patience: float = 0.2) -> Supervisor:
        settings = SupervisorSettings(stop_seconds=patience, end_seconds=patience)
        launcher = LocalLauncher([sys.executable, str(STAND_IN), kind])
        made.append(Supervisor(store, home, settings, launcher, slots))
        return made[-1]

    yield make
    for run in store.list_runs():
        if run.process is not None:
            assert end(run.id, run.process.pid, run.process.create_time)


def until(
    condition: Callable[[], object], seconds: float = 180.0, do: Callable[[], object] = lambda: None
) -> None:
    """Waits for a condition, and fails without it; `do` is called between two looks."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come to pass"
        do()
        time.sleep(0.05)
