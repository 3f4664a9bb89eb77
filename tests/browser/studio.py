"""A page server and its home as the browser tests use them: started, killed, started again."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlencode

import psutil

from mtrec_core.home import Home
from mtrec_core.jobs.processes import lives
from mtrec_core.jobs.supervisor_state import supervisor_state
from mtrec_core.store.records import RunRecord
from mtrec_core.store.store import Store
from tests.conftest import PROJECT

START_SECONDS = 120.0
PORTS = range(20_000, 32_000)
"""Below those that the system gives to outgoing connections, so that a killed server finds its port free."""


def free_port() -> int:
    """A port that nobody listens at now."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def processes_of(run: RunRecord) -> list[psutil.Process]:
    """The living processes of a run: its own, with those that it started."""
    if run.process is None or not lives(run.process.pid, run.process.create_time):
        return []
    own = psutil.Process(run.process.pid)
    return [own, *own.children(recursive=True)]


@dataclass(kw_only=True)
class Studio:
    """The product under test: its home, and the process that serves its pages."""

    home: Home
    port: int = field(default_factory=free_port)
    server: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.home.root.mkdir(parents=True, exist_ok=True)
        self.store = Store.open(self.home.database_url)

    @property
    def host(self) -> str:
        """What every address of this server begins with."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, page: str = "", **query: object) -> str:
        """The address of a page, such as `Monitor`, with the view that a link holds."""
        return f"{self.host}/{page}{'?' if query else ''}{urlencode(query)}"

    def start(self, *options: str) -> "Studio":
        """Serves the pages, as `make run` does, at a port of its own; `options` are Streamlit's."""
        log = self.home.root / "page.log"
        with log.open("ab") as written:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={self.port}", *options],
                cwd=PROJECT,
                env={**os.environ, "MTREC_HOME": str(self.home.root), "MTREC_DB": self.home.database_url},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
            )
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            assert self.server.poll() is None, log.read_text()[-3000:]
            try:
                with urllib.request.urlopen(f"{self.host}/_stcore/health", timeout=2):
                    return self
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the page server did not come up")

    def kill(self) -> None:
        """The page server is gone from one moment to the next."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None

    def wait_for(self, run_id: str, state: str, seconds: float = 120.0) -> RunRecord:
        """The run, once it is in the state."""
        give_up = time.monotonic() + seconds
        while True:
            run = self.store.get_run(run_id)
            if run.state.value == state:
                return run
            assert not run.state.is_over, f"run {run_id} is {run.state.value}: {run.reason}"
            assert time.monotonic() < give_up, f"run {run_id} is still {run.state.value}"
            time.sleep(0.1)

    def close(self) -> None:
        """Ends the page server, the supervisor and the runs that go on."""
        self.kill()
        state = supervisor_state(self.store, self.home)
        going_on = [run for run in self.store.list_runs() if not run.state.is_over]
        ended = [process for run in going_on for process in processes_of(run)]
        if state.alive and state.pid is not None:
            ended.insert(0, psutil.Process(state.pid))
        for process in ended:
            try:
                process.kill()
                process.wait(10)
            except psutil.NoSuchProcess:
                continue
        self.store.close()
