"""What the store does when the database is locked, full, away, or written by several processes."""

import math
import os
import signal
import sqlite3
import threading
import time

import psycopg
import pytest
from sqlalchemy import event, make_url, text

from mtrec_core.errors import StorageError
from mtrec_core.store.commands import take_commands
from mtrec_core.store.runs import insert_event, lock_run
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

ONLY_SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)


def lower_is_better(name):
    return False


def write(writer, steps):
    for step in range(steps):
        writer.add("loss", 1 / (step + 1), step=step)
    writer.flush()


@pytest.fixture
def impatient(monkeypatch):
    """A statement waits 50 ms for a lock instead of seconds."""
    monkeypatch.setattr("mtrec_core.store.database.LOCK_SECONDS", 0.05)


@pytest.fixture
def locker(impatient, url):
    """Another program's connection that holds the write lock of a SQLite file."""
    connection = sqlite3.connect(make_url(url).database, isolation_level=None)
    yield connection
    connection.close()


@ONLY_SQLITE
def test_a_locked_database_delays_the_points_and_loses_none(locker, store, add_run, check_sums):
    run = add_run()
    with store.writer(run.id, lower_is_better) as writer:
        locker.execute("BEGIN IMMEDIATE")
        for step in range(300):
            writer.add("loss", 1 / (step + 1), step=step)
        time.sleep(0.5)
        assert store.points(run.id) == []
        locker.execute("COMMIT")
    assert check_sums(run.id) == 300


@ONLY_SQLITE
def test_a_new_file_that_another_process_writes_is_opened_when_that_is_done(bare_url):
    """Turning write-ahead logging on is the one moment at which SQLite does not wait by itself."""
    other = sqlite3.connect(make_url(bare_url).database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE anything (x)")
    release = threading.Timer(0.3, other.execute, args=["COMMIT"])
    release.start()
    with Store.open(bare_url) as opened:
        assert opened.list_runs() == []
    release.join()
    other.close()


@ONLY_SQLITE
def test_any_other_write_to_a_locked_database_is_told(locker, store, add_run):
    run = add_run()
    locker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match=r"store\.db has been locked by another process"):
        store.add_event(run.id, "checkpoint")
    assert store.get_run(run.id) == run, "reading must go on"


@ONLY_SQLITE
def test_a_database_that_stays_locked_is_told_by_the_writer(locker, store, add_run, monkeypatch):
    monkeypatch.setattr("mtrec_core.store.writer.PATIENCE_SECONDS", 0.3)
    writer = store.writer(add_run().id, lower_is_better)
    locker.execute("BEGIN IMMEDIATE")
    writer.add("loss", 0.5, step=1)
    with pytest.raises(StorageError, match="has been locked"):
        writer.close()


@ONLY_SQLITE
def test_a_full_disk_is_told_at_the_next_call_and_nothing_is_half_written(store, add_run, check_sums):
    run, engine = add_run(), store._database.engine

    def fill_up(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")

    event.listen(engine, "connect", fill_up)
    engine.dispose()
    writer = store.writer(run.id, lower_is_better)
    writer.add("accuracy", math.nan, step=1)
    with pytest.raises(StorageError, match=r"store\.db: the disk is full\. Free some space"):
        write(writer, 100_000)
    with pytest.raises(StorageError, match="the disk is full"):
        writer.add("loss", 0.5, step=1)
    with pytest.raises(StorageError, match="the disk is full"):
        writer.close()
    event.remove(engine, "connect", fill_up)
    engine.dispose()
    stored = len(store.points(run.id))
    assert store.get_run(run.id).last_point == stored == sum(one.n for one in store.summaries([run.id]))
    with store.writer(run.id, lower_is_better) as again:
        write(again, 10)
    assert len(store.points(run.id)) == stored + 10


@ONLY_SQLITE
def test_the_error_that_ended_the_work_is_not_hidden_by_the_writers(store, add_run):
    def break_off(writer):
        writer.add("loss", 0.5, step=1)
        raise KeyboardInterrupt

    run = add_run()
    with store._database.engine.begin() as connection:
        connection.execute(text("DROP TABLE points"))
    with pytest.raises(KeyboardInterrupt), store.writer(run.id, lower_is_better) as writer:
        break_off(writer)
    with pytest.raises(StorageError, match="no such table"), store.writer(run.id, lower_is_better) as writer:
        write(writer, 1)


@pytest.mark.slow
@ONLY_POSTGRESQL
def test_a_server_that_drops_its_connections_loses_no_point(store, url, add_run, check_sums):
    run = add_run()
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as other, store.writer(run.id, lower_is_better) as writer:
        for _ in range(3):
            write(writer, 100)
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    assert check_sums(run.id) == 300


def test_events_become_visible_in_the_order_of_their_ids(store, add_run):
    """Else a reader who saw id 2 before id 1 was written would never see id 1."""
    run = add_run()
    with store._database.writing() as session:
        lock_run(session, run.id)
        insert_event(session, run.id, "early", {})
        late = threading.Thread(target=store.add_event, args=(run.id, "late"))
        late.start()
        late.join(timeout=0.3)
        assert late.is_alive(), "the second event must wait for the first"
        assert [event.kind for event in store.events(run.id)] == ["state"]
    late.join()
    assert [event.kind for event in store.events(run.id)] == ["state", "early", "late"]


def test_a_second_taker_waits_and_gets_no_command_twice(store, run_in):
    run, second = run_in(RunState.STARTING), []
    store.issue_command(run.id, "stop")
    with store._database.writing() as session:
        assert len(take_commands(session, run.id)) == 1
        late = threading.Thread(target=lambda: second.append(store.take_commands(run.id)))
        late.start()
        late.join(timeout=0.3)
        assert late.is_alive(), "the second taker must wait for the first"
    late.join()
    assert second == [[]]


@pytest.mark.slow
class TestProcesses:
    def test_two_processes_write_at_the_same_time(self, store, url, add_run, check_sums, start_worker):
        runs = [add_run(), add_run()]
        workers = [start_worker("write", url, run.id, 3000) for run in runs]
        for worker in workers:
            worker.go()
        for worker in workers:
            worker.printed()
        assert [check_sums(run.id) for run in runs] == [3000, 3000]

    def test_a_killed_writer_leaves_whole_batches(self, store, url, add_run, check_sums, start_worker):
        run = add_run()
        worker = start_worker("write_on", url, run.id)
        worker.go()
        deadline = time.monotonic() + 60
        while store.get_run(run.id).last_point < 500:
            assert time.monotonic() < deadline, "the worker does not write"
            time.sleep(0.01)
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        with Store.open(url) as opened:
            before = check_sums(run.id)
            with opened.writer(run.id, lower_is_better) as writer:
                write(writer, 10)
            assert len(opened.points(run.id)) == before + 10
        if url.startswith("sqlite"):
            with sqlite3.connect(make_url(url).database) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def test_two_processes_make_the_same_new_database(self, bare_url, start_worker):
        workers = [start_worker("open", bare_url) for _ in range(2)]
        for worker in workers:
            worker.go()
        assert [worker.printed() for worker in workers] == [[], []]
        with Store.open(bare_url) as opened:
            assert opened.list_runs() == []
