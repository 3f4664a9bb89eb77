"""Opening a store: what an address may be, what is wrong with it, and how long it takes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from mtrec_core.errors import StorageError, UserError
from mtrec_core.store.database import display, parse_url
from mtrec_core.store.store import Store

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://ann:secret@db.example/mtrec",
        "postgres://ann:secret@db.example/mtrec",
        "postgresql+psycopg://ann:secret@db.example/mtrec",
        "postgresql+psycopg2://ann:secret@db.example/mtrec",
    ],
)
def test_every_spelling_of_postgresql_uses_the_driver_that_is_installed(given):
    assert parse_url(given).drivername == "postgresql+psycopg"
    assert parse_url(given).host == "db.example"


def test_messages_show_the_file_or_the_address_without_its_password():
    assert display(parse_url("sqlite:////data/mtrec.db")) == "/data/mtrec.db"
    assert display(parse_url("postgresql://ann:secret@db.example/mtrec")) == (
        "postgresql+psycopg://ann:***@db.example/mtrec"
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("/data/mtrec.db", "must look like sqlite:////folder"),
        ("", "must look like"),
        ("sqlite://", "in memory can't be shared"),
        ("sqlite:///:memory:", "in memory can't be shared"),
        ("mysql://ann:secret@db.example/mtrec", "The database is mysql; known here: sqlite and postgresql"),
        ("postgresql://ann:secret@db.example:port/mtrec", "must look like"),
        ("oracel://db.example/mtrec", "The database is oracel; known here"),
    ],
)
def test_an_address_that_can_not_be_used_is_the_users_to_mend(given, told):
    with pytest.raises(UserError, match=told) as caught:
        Store.open(given)
    assert "secret" not in str(caught.value)


def test_the_folders_of_a_new_file_are_made(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/a/b/mtrec.db") as store:
        assert store.list_runs() == []
    assert (tmp_path / "a/b/mtrec.db").is_file()


def test_a_folder_that_can_not_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"Can't make the folder .*file/sub for the database"):
        Store.open(f"sqlite:///{tmp_path}/file/sub/mtrec.db")


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    with pytest.raises(StorageError, match="it can't be opened"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("shopping list: " + 200 * "milk, ")
    with pytest.raises(StorageError, match=r"notes\.db: the file is no SQLite database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text().startswith("shopping list")


def test_a_damaged_database_is_told(tmp_path):
    path = tmp_path / "mtrec.db"
    with Store.open(f"sqlite:///{path}") as store:
        for n in range(50):
            store.add_experiment(name=f"experiment {n}", note=100 * "x")
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"mtrec\.db: the file is damaged"):  # noqa: SIM117
        with Store.open(f"sqlite:///{path}") as store:
            store.list_experiments()


def test_a_store_may_be_looked_at_where_it_may_not_be_written(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/mtrec.db") as store:
        store.add_experiment(name="seeds")
    with Store.open(f"sqlite:///file:{tmp_path}/mtrec.db?mode=ro&uri=true") as store:
        assert [experiment.name for experiment in store.list_experiments()] == ["seeds"]
        with pytest.raises(StorageError, match=r"mtrec\.db: it may not be written\. Allow writing"):
            store.add_experiment(name="more")


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path):
    with pytest.raises(StorageError, match=r"Can't reach the database server .*Check that it runs") as caught:
        Store.open(f"postgresql://ann:secret@/mtrec?host={tmp_path}")
    assert "secret" not in str(caught.value)


@pytest.mark.slow
def test_a_database_that_the_server_does_not_have_is_told(postgresql):
    missing = postgresql.set(database="nothing_here").render_as_string(hide_password=False)
    with pytest.raises(StorageError, match='database "nothing_here" does not exist'):
        Store.open(missing)


def test_a_sqlite_file_is_in_wal_mode_with_foreign_keys(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/mtrec.db") as store, store._database.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_two_hundred_runs_are_opened_and_listed_quickly(store, url, add_run, add_dataset):
    dataset = add_dataset()
    for n in range(200):
        run = add_run(dataset=dataset, name=f"run {n}")
        store.set_result(run.id, {f"task {k}": {f"metric {m}": n / 200 for m in range(20)} for k in range(7)})
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        with Store.open(url) as opened:
            assert len(opened.list_runs()) == 200
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.15, seconds


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_database_that_is_up_to_date_opens_without_heavy_imports(url):
    ask = (
        "import sys; from mtrec_core.store.store import Store; Store.open(sys.argv[1]).list_runs()\n"
        "print([name for name in ('torch', 'alembic', 'pandas', 'numpy', 'pyarrow') if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", ask, url], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
