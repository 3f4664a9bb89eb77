"""A store on each backend. PostgreSQL is a private server that lives as long as the tests do.

MTREC_TEST_POSTGRES may name a running server instead, by an address whose user may create databases. Without
either, the PostgreSQL half is skipped on a desk and fails in CI.
"""

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from mtrec_core.store.models import Base
from mtrec_core.store.records import DatasetRecord, RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

PROJECT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).parent / "worker.py"

BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """The address of a PostgreSQL server."""
    named = os.environ.get("MTREC_TEST_POSTGRES")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    binaries = _postgresql_binaries()
    if binaries is None:
        _absent("No PostgreSQL here: apt-get install postgresql, or set MTREC_TEST_POSTGRES.")
    # Short, because the path of a socket may have no more than about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="mtrec-pg-"))
    try:
        account = _account_for(folder)
        _start(binaries, folder, account)
        try:
            yield URL.create(
                "postgresql+psycopg", username="mtrec", database="postgres", query={"host": str(folder)}
            )
        finally:
            _call([binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"], account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that is up to date and empty, to be copied: quicker than to make each anew."""
    pattern = tmp_path_factory.mktemp("stores") / "pattern.db"
    Store.open(f"sqlite:///{pattern}").close()
    return pattern


@pytest.fixture(scope="session")
def postgresql_store(postgresql: URL) -> Iterator[URL]:
    """A database with a store, to be emptied: quicker than a new database for each test."""
    with _new_database(postgresql) as database:
        Store.open(address(database)).close()
        yield database


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if backend == "sqlite":
        return f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_pattern'), tmp_path / 'store.db')}"
    database = request.getfixturevalue("postgresql_store")
    _on_server(database, f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY CASCADE")
    return address(database)


@pytest.fixture
def bare_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
    else:
        with _new_database(request.getfixturevalue("postgresql")) as database:
            yield address(database)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def add_dataset(store: Store) -> Callable[..., DatasetRecord]:
    """Adds the dataset `shop`."""

    def add(name: str = "shop", fingerprint: str = "f1") -> DatasetRecord:
        folder = Path("/data/shop")
        return store.add_dataset(name=name, folder=folder, fingerprint=fingerprint, spec={"tasks": ["a"]})

    return add


@pytest.fixture
def add_run(store: Store, add_dataset: Callable[..., DatasetRecord]) -> Callable[..., RunRecord]:
    """Adds a run, by default of `shop`."""

    def add(**values: object) -> RunRecord:
        dataset = values.pop("dataset", None) or add_dataset()
        config = {"training": {"epochs": 3}}
        return store.add_run(
            dataset=dataset, config=config, config_fingerprint="c1", runs_folder=Path("/data/runs"), **values
        )

    return add


@pytest.fixture
def run_in(store: Store, add_run: Callable[..., RunRecord]) -> Callable[..., RunRecord]:
    """Adds a run and takes it through states."""

    def add(*states: RunState, **values: object) -> RunRecord:
        run = add_run(**values)
        for state in states:
            run = store.change_state(run.id, state)
        return run

    return add


@pytest.fixture
def check_sums(store: Store) -> Callable[[str], int]:
    """Asserts that a run's summaries agree with its points, whose ids count up from 1; gives their number."""

    def check(run_id: str) -> int:
        points = store.points(run_id)
        assert [point.id for point in points] == list(range(1, len(points) + 1))
        assert store.get_run(run_id).last_point == len(points)
        for one in store.summaries([run_id]):
            curve = [p for p in points if (p.task, p.split, p.name) == (one.task, one.split, one.name)]
            assert (one.n, one.last, one.last_step) == (len(curve), curve[-1].value, curve[-1].step)
            assert one.best == (max if one.higher_is_better else min)(point.value for point in curve)
        return len(points)

    return check


class Worker:
    """`worker.py` as a process that is ready and waits for `go`."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), *map(str, arguments)],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def go(self) -> None:
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def printed(self) -> list[str]:
        """What it printed until it ended well."""
        lines = self.process.stdout.read().split()
        assert self.process.wait(timeout=60) == 0
        assert lines.pop() == "done"
        return lines

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def start_worker() -> Iterator[Callable[..., Worker]]:
    """Starts a Worker with arguments; what still runs when the test ends is killed."""
    started: list[Worker] = []

    def start(*arguments: object) -> Worker:
        started.append(Worker(*arguments))
        return started[-1]

    yield start
    for worker in started:
        worker.end()


def address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _on_server(server: URL, statement: str) -> None:
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def _new_database(server: URL) -> Iterator[URL]:
    name = f"mtrec_{uuid.uuid4().hex[:12]}"
    _on_server(server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name)
    finally:
        _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def _absent(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _postgresql_binaries() -> Path | None:
    """The folder of the newest PostgreSQL's programs; Debian keeps them off the PATH."""
    debian = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _account_for(folder: Path) -> str | None:
    """The account that owns the server; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    account = "postgres" if "postgres" in {user.pw_name for user in pwd.getpwall()} else "nobody"
    shutil.chown(folder, account)
    return account


def _start(binaries: Path, folder: Path, account: str | None) -> None:
    data, log = folder / "data", folder / "server.log"
    # No test survives a power cut, so nothing waits for the disk.
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=60"
    made = _call(
        [binaries / "initdb", "-D", data, "-U", "mtrec", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        account,
    )
    started = made.returncode == 0 and _call(
        [binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "-t", "60", "start"], account
    )
    if not started or started.returncode != 0:
        told = log.read_text() if log.exists() else made.stdout
        _absent(f"PostgreSQL is installed but does not start: {told[-2000:]}")


def _call(command: list[object], account: str | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd="/",
        user=account,
        extra_groups=None if account is None else [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
