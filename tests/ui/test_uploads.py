"""What a page gets of an upload: taken as often as it likes until let go, from the disk or from memory."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from mtrec_core.errors import DataError, StorageError
from mtrec_core.home import Home
from mtrec_core.ui import uploads
from mtrec_core.ui.incoming import INCOMING
from mtrec_core.ui.upload_route import Spool

CSV = b"user_id,item_id\nu1,i1\nu2,i2\n"
SESSION = "0b9bd3a4-3a5e-4f6e-9d5b-6d9c9d1f2a31"


class Empty(io.BytesIO):
    """What Streamlit gives a page for an upload that lies on the disk."""

    file_id = "6f6b7f0e-5a53-4a6e-8f0d-2a6f7f5f8a11"
    name = "facts.csv"
    size = 0


@pytest.fixture
def brought(tmp_path, monkeypatch):
    """An upload as the route leaves it, for pieces of bytes."""
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: SimpleNamespace(session_id=SESSION))
    INCOMING.admit(SESSION)

    def bring(*pieces: bytes, announced: int = 0) -> Empty:
        with Spool(announced) as spool:
            for piece in pieces:
                spool.write("facts.csv", piece)
            INCOMING.keep(SESSION, Empty.file_id, spool.kept())
        return Empty()

    yield bring
    INCOMING.close()


def test_an_upload_can_be_taken_until_it_is_let_go_and_what_was_taken_stays(brought, tmp_path):
    file = brought(CSV[:9], CSV[9:])
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        assert uploads.take(file, folder) == folder / "facts.csv"
    assert uploads.first_bytes(file, 7) == b"user_id"
    waiting = INCOMING.find(SESSION, file.file_id)
    uploads.let_go(file)
    assert isinstance(waiting, Path)
    assert not waiting.exists()
    assert [[path.read_bytes() for path in folder.iterdir()] for folder in folders] == [[CSV], [CSV]]


def test_an_upload_that_is_no_table_is_refused_and_nothing_is_put_into_the_folder(brought, tmp_path):
    file = brought(b"\x89PNG\r\n\x1a\n....")
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match=r"^facts\.csv should hold text but is a PNG picture"):
        uploads.take(file, tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


def test_a_disk_without_second_names_gets_a_copy(brought, tmp_path, monkeypatch):
    def refused(_self: Path, _target: Path) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    (tmp_path / "a").mkdir()
    assert uploads.take(brought(CSV), tmp_path / "a").read_bytes() == CSV


def test_an_upload_for_which_the_disk_has_no_room_is_told_when_the_page_takes_it(brought, tmp_path):
    file = brought(CSV, announced=1 << 60)
    with pytest.raises(StorageError, match=r"^facts\.csv has 1073741824\.0 GiB, but only .* MTREC_HOME"):
        uploads.take(file, tmp_path)
    assert [path.name for path in (tmp_path / "home" / "incoming").rglob("*") if path.is_file()] == ["lock"]


def test_a_disk_that_fills_up_meanwhile_is_told_too(brought, tmp_path, monkeypatch):
    folder = INCOMING.open(Home.from_environment())
    (folder / "full").symlink_to("/dev/full")  # takes nothing: "No space left on device"
    monkeypatch.setattr("mtrec_core.ui.upload_route.uuid.uuid4", lambda: SimpleNamespace(hex="full"))
    with pytest.raises(StorageError, match=r"^The disk became full while facts\.csv was written"):
        uploads.take(brought(CSV), tmp_path)
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_an_empty_upload_is_called_empty(brought, tmp_path):
    with pytest.raises(DataError, match=r"^facts\.csv is empty"):
        uploads.take(brought(b""), tmp_path)


def test_an_upload_that_streamlit_holds_is_spooled_from_memory(brought, tmp_path):
    file = Empty(CSV)
    file.size = len(CSV)
    assert uploads.first_bytes(file, 7) == b"user_id"
    file.seek(0)
    assert uploads.take(file, tmp_path) == tmp_path / "facts.csv"
    assert (tmp_path / "facts.csv").read_bytes() == CSV


def test_a_taken_name_is_refused(brought, tmp_path):
    file = brought(CSV)
    uploads.take(file, tmp_path)
    with pytest.raises(DataError, match="already"):
        uploads.take(file, tmp_path)
