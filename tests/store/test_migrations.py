"""From any released schema to this one, with the rows kept, or not at all."""

import json
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mtrec_core.errors import StorageError, UserError
from mtrec_core.store.database import Database, parse_url
from mtrec_core.store.migrate import VERSION_TABLE, alembic_config, upgrade
from mtrec_core.store.models import SCHEMA_REVISION, Base
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

FIRST_REVISION = "0001"

FIRST_ROWS = {
    "datasets": {
        "id": 1, "name": "shop", "folder": "/data/shop", "fingerprint": "f1", "spec": "{}",
        "created": "2026-01-02 03:04:05+00:00",
    },
    "experiments": {
        "id": 1, "name": "seeds", "kind": "seeds", "note": "", "created": "2026-01-02 03:04:05+00:00",
    },
    "runs": {
        "id": "kbr234", "name": "old", "experiment_id": 1, "dataset_id": 1, "seed": 7, "role": "joint",
        "config": json.dumps({"training": {"epochs": 3}}), "config_fingerprint": "c1", "state": "running",
        "reason": "", "created": "2026-01-02 03:04:05+00:00", "folder": "/runs/kbr234", "last_point": 1,
    },
    "events": {
        "run_id": "kbr234", "time": "2026-01-02 03:04:05+00:00", "kind": "checkpoint",
        "payload": '{"step": 3}',
    },
    "summaries": {
        "id": 1, "run_id": "kbr234", "task": "tags", "split": "train", "name": "loss", "last": 0.25,
        "last_step": 3, "best": 0.25, "best_step": 3, "higher_is_better": False, "n": 1,
    },
    "points": {"series_id": 1, "id": 1, "step": 3, "epoch": 0.5, "seconds": 2.0, "value": 0.25},
}  # fmt: skip
"""A row of each table as the first revision had it."""


@pytest.fixture
def database(bare_url):
    opened = Database(parse_url(bare_url))
    yield opened
    opened.close()


@pytest.fixture
def old_database(database):
    """A database as the first release left it."""
    upgrade(database, FIRST_REVISION)
    with database.writing() as session:
        for table, row in FIRST_ROWS.items():
            names = ", ".join(f":{name}" for name in row)
            session.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({names})"), row)
        if session.connection().dialect.name == "postgresql":
            session.execute(text("SELECT setval('summaries_id_seq', 1)"))
    return database


def columns_of(database, table):
    with database.engine.connect() as connection:
        return {column["name"] for column in inspect(connection).get_columns(table)}


def test_an_old_database_is_brought_up_to_date_and_keeps_its_rows(old_database, bare_url):
    assert "pid" not in columns_of(old_database, "runs")
    with Store.open(bare_url) as store:
        run = store.get_run("kbr")
        assert (run.name, run.seed, run.config) == ("old", 7, {"training": {"epochs": 3}})
        assert (run.dataset, run.process) == ("shop", None)
        assert (run.number, run.queue_place, run.tags, run.starred, run.progress) == (1, 1.0, (), False, None)
        assert run.created.isoformat() == "2026-01-02T03:04:05+00:00"
        assert [event.payload for event in store.events(run.id)] == [{"step": 3}]
        assert store.points(run.id) == [(1, "tags", "train", "loss", 3, 0.5, 2.0, 0.25)]
        assert [summary.best for summary in store.summaries([run.id])] == [0.25]
        assert [experiment.name for experiment in store.list_experiments()] == ["seeds"]

        newer = store.add_run(
            dataset=store.list_datasets()[0], config={}, config_fingerprint="c2", runs_folder=Path("/runs")
        )
        assert (newer.number, newer.queue_place) == (2, 2.0)
        store.beat(run.id)
        store.issue_command(run.id, "stop")
        with store.writer(run.id, lambda name: False) as writer:
            writer.add("loss", 0.125, step=4, task="tags")
        assert [point.value for point in store.points(run.id)] == [0.25, 0.125]
        assert store.change_state(run.id, RunState.STOPPING).process is not None


def test_the_models_are_what_the_revisions_make(database):
    upgrade(database)
    with database.engine.connect() as connection:
        ours = {"include_object": lambda _o, name, kind, *_: (kind, name) != ("table", VERSION_TABLE)}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **ours})
        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_revision_is_the_one_the_models_name(database):
    with database.engine.connect() as connection:
        revisions = ScriptDirectory.from_config(alembic_config(connection))
        assert revisions.get_heads() == [SCHEMA_REVISION]
        assert revisions.get_base() == FIRST_REVISION


def test_a_revision_that_fails_leaves_the_old_database_as_it_was(old_database, bare_url):
    with old_database.writing() as session:
        session.execute(text("CREATE TABLE commands (id INTEGER)"))  # the second revision wants that name
    with pytest.raises(StorageError, match="commands"):
        Store.open(bare_url)
    assert "pid" not in columns_of(old_database, "runs")
    with old_database.writing() as session:
        assert (
            session.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one() == FIRST_REVISION
        )
        session.execute(text("DROP TABLE commands"))
    with Store.open(bare_url) as store:
        assert store.get_run("last").id == "kbr234"


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database, bare_url):
    upgrade(database)
    with database.writing() as session:
        session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(
        UserError, match=r"newer version of this program \(its schema is 9999.*Update the program"
    ):
        Store.open(bare_url)
    with database.reading() as session:
        assert session.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one() == "9999"


def test_another_programs_tables_are_not_touched(database, bare_url):
    with database.writing() as session:
        session.execute(text("CREATE TABLE runs (anything TEXT)"))
    with pytest.raises(UserError, match=r"holds tables of another program \(runs\)"):
        Store.open(bare_url)
    assert columns_of(database, "runs") == {"anything"}


def test_other_tables_and_anothers_migrations_may_stand_beside_ours(database, bare_url):
    with database.writing() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        session.execute(text("INSERT INTO alembic_version VALUES ('abcdef')"))
    Store.open(bare_url).close()
    with database.reading() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "abcdef"
