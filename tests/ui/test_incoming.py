"""Uploads that wait on the disk: who may bring some, and that none outlives its session or its server."""

import pytest

from mtrec_core.errors import StorageError
from mtrec_core.home import Home
from mtrec_core.ui import incoming
from mtrec_core.ui.incoming import Incoming


@pytest.fixture
def home(tmp_path) -> Home:
    return Home.from_environment({"MTREC_HOME": str(tmp_path)})


def brought(waiting: Incoming, home: Home, session: str, upload: str):
    """An upload that has arrived."""
    path = waiting.open(home) / f"{session}-{upload}"
    path.write_text("a,b\n")
    waiting.keep(session, upload, path)
    return path


def test_an_upload_is_found_by_its_own_session_until_it_is_dropped(home):
    waiting = Incoming()
    waiting.admit("ann")
    waiting.admit("bob")
    path = brought(waiting, home, "ann", "1")
    assert waiting.find("ann", "1") == path
    assert waiting.find("bob", "1") is None
    waiting.drop("bob", "1")
    assert path.exists()
    waiting.drop("ann", "1")
    assert not path.exists()
    assert waiting.find("ann", "1") is None


def test_a_session_that_no_page_admitted_leaves_nothing(home):
    waiting = Incoming()
    assert not waiting.admits("eve")
    assert not brought(waiting, home, "eve", "1").exists()


def test_why_an_upload_could_not_be_written_is_remembered(home):
    waiting = Incoming()
    waiting.admit("ann")
    refusal = StorageError("The disk is full.")
    waiting.keep("ann", "1", refusal)
    assert waiting.find("ann", "1") is refusal


def test_uploads_outlive_a_short_break_of_the_connection_and_no_long_one(home, monkeypatch):
    waiting = Incoming()
    for session in ("ann", "bob"):
        waiting.admit(session)
    paths = [brought(waiting, home, session, "1") for session in ("ann", "bob")]
    waiting.leave("ann")
    waiting.leave("bob")
    waiting.sweep()
    assert [path.exists() for path in paths] == [True, True]
    waiting.admit("ann")  # came back
    monkeypatch.setattr(incoming, "GRACE", -1.0)
    waiting.sweep()
    assert [path.exists() for path in paths] == [True, False]
    assert waiting.admits("ann")
    assert not waiting.admits("bob")


def test_a_server_removes_what_servers_left_that_are_gone_and_nothing_of_those_that_live(home):
    living, gone = Incoming(), Incoming()
    for waiting in (living, gone):
        waiting.admit("ann")
    kept, left = brought(living, home, "ann", "1"), brought(gone, home, "ann", "1")
    assert gone._lock is not None
    gone._lock.close()  # as the system does when a process is killed
    fresh = Incoming().open(home)
    assert kept.exists()
    assert not left.parent.exists()
    assert sorted(home.incoming.iterdir()) == sorted([kept.parent, fresh])


def test_a_server_leaves_nothing_at_its_end(home):
    waiting = Incoming()
    waiting.admit("ann")
    brought(waiting, home, "ann", "1")
    waiting.close()
    assert list(home.incoming.iterdir()) == []
