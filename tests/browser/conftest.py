"""A page server with its own home, another with a training, and Debian's chromium.

`make test` installs chromium with apt where it may. Without it these tests are skipped on a desk and fail in
CI. MTREC_CHROMIUM may name another browser of the family.
"""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mtrec_core.config import with_settings
from mtrec_core.home import Home
from mtrec_core.jobs import requests
from mtrec_core.jobs.plan import TrainRequest
from mtrec_core.jobs.supervisor_state import ensure_supervisor
from mtrec_core.store.records import RunRecord
from tests.browser.browsing import Reader, new_reader
from tests.browser.studio import Studio
from tests.ui.recorded_runs import record_run

LONG = {
    "training.epochs": 2_000,
    "training.max_steps": 20_000,
    "training.evaluations_per_epoch": 0.02,
    "training.batch_size": 32,
    "model.width": 256,
}
"""Minutes longer than any test waits; every tenth step is a new point on the curves."""


@pytest.fixture(scope="session")
def browser():
    """Chromium, for all tests; each reader takes a context of its own."""
    found = os.environ.get("MTREC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        absent = "No chromium here: apt-get install chromium, or let MTREC_CHROMIUM name one."
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root has no sandbox, and a container little shared memory.
        launched = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


@pytest.fixture
def read(browser) -> Iterator[Callable[..., Reader]]:
    """read(host, ...) gives a reader in a browser of its own, who must have met nothing by the test's end."""
    readers: list[Reader] = []

    def begin(host: str, **wishes: bool) -> Reader:
        readers.append(new_reader(browser, host, **wishes))
        return readers[-1]

    yield begin
    for reader in readers:
        reader.page.context.close()
    assert [met for reader in readers for met in reader.met] == []


@pytest.fixture(scope="session")
def axe() -> Path:
    """axe-core as one file."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "axe.min.js"


def _studio(folder: Path) -> Studio:
    return Studio(home=Home.from_environment({"MTREC_HOME": str(folder)}))


@pytest.fixture(scope="session")
def studio(tmp_path_factory) -> Iterator[Studio]:
    """A served home with two completed runs of the sample shop."""
    made = _studio(tmp_path_factory.mktemp("studio"))
    try:
        record_run(made.store, made.home, name="Joint", seed=0, every=4)
        record_run(made.store, made.home, name="Again", seed=1, every=4)
        yield made.start()
    finally:
        made.close()


@pytest.fixture(scope="module")
def empty_studio(tmp_path_factory) -> Iterator[Studio]:
    """A served home with nothing in it."""
    made = _studio(tmp_path_factory.mktemp("empty"))
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(scope="module")
def train_long(empty_studio, config) -> Callable[[], RunRecord]:
    """Queues a run that trains until it is stopped, and gives it once it trains. One goes on at a time."""

    def begin() -> RunRecord:
        for run in empty_studio.store.list_runs():
            if not run.state.is_over:
                return empty_studio.wait_for(run.id, "running")
        long = replace(with_settings(config, LONG), tasks=("purchase", "stars"), name="Long")
        (run,) = requests.submit(TrainRequest(config=long), empty_studio.store, empty_studio.home)
        ensure_supervisor(empty_studio.home)
        return empty_studio.wait_for(run.id, "running")

    return begin
