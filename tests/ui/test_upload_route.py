"""Uploads to a page server as a browser makes them: its memory, refusals, and that nothing stays behind."""

import http.client
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.ui.upload_client import HEADERS, PageServer, Session, frame_of, opened, served, until

pytestmark = pytest.mark.slow

CSV = b"user_id,item_id\nu1,i1\nu2,i2\n"
PIECE = b"u0012345,i0054321,1700000000\n" * 4096
MIB = int(os.environ.get("MTREC_UPLOAD_MIB", "256"))
"""Of the file whose cost in memory is measured; pytest -s shows the number."""
MOST_GROWTH = 0.3
"""Of a file's size, in the server's memory. 1.3 are the limit; Streamlit alone takes 2.04, and a server that
kept one copy 1.0, so this sees either come back."""

ENTRY = """
import streamlit as st
from starlette.middleware import Middleware
from mtrec_core.ui import incoming, upload_route

incoming.GRACE = upload_route.SWEEP_SECONDS = 0.1
app = st.App(
    {home!r},
    secrets={secrets!r},
    lifespan=upload_route.lifespan,
    middleware=[Middleware(upload_route.UploadsToDisk)],
)
"""
"""Like app.py, with less patience for sessions that lost their connection."""
SIGN_IN = {
    "redirect_uri": "http://127.0.0.1/oauth2callback",
    "cookie_secret": "made up",
    "client_id": "made up",
    "client_secret": "made up",
    "server_metadata_url": "http://127.0.0.1/.well-known/openid-configuration",
}


def entry(folder: Path, secrets: dict[str, object] | None = None) -> str:
    """A file for `streamlit run`."""
    path = folder / "impatient.py"
    path.write_text(ENTRY.format(home=str(PROJECT / "home.py"), secrets=secrets))
    return str(path)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[PageServer]:
    with served(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def tab(server) -> Iterator[Session]:
    """A tab with the Data page, which no other page was opened before."""
    with opened(server) as shown:
        yield shown


def stored(tab: Session) -> dict[str, bytes]:
    """Name -> content of the tables in the draft that the tab shows."""
    folder = tab.server.home / "datasets" / ".drafts" / tab.query.removeprefix("draft=")
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def big(tab: Session, mib: int, name: str = "big.csv") -> int:
    """Uploads so many MiB and has the page take them; the bytes."""
    count = (mib << 20) // len(PIECE)
    size = count * len(PIECE)
    (urls,) = tab.addresses(name)
    assert tab.put(urls, name, repeat(PIECE, count), size) == 204
    tab.rerun([(urls, name, size)])
    return size


def put(server: PageServer, url: str, headers: dict[str, str]) -> int:
    """Uploads facts.csv; the status of the answer."""
    head, tail = frame_of("facts.csv")
    return server.request("PUT", url, headers, [head, CSV, tail])


def test_an_upload_takes_a_little_of_its_size_in_memory(server, tab):
    tab.upload({"first.csv": CSV})  # what the first upload loads once, the second doesn't
    tab.query = ""
    tab.rerun()
    before = server.memory()
    server.forget_peak()
    size = big(tab, MIB)
    grown = server.memory("VmHWM") - before
    print(f"{MIB} MiB uploaded: at most {grown / 2**20:.1f} MiB more in the page server's memory")
    draft = server.home / "datasets" / ".drafts" / tab.query.removeprefix("draft=")
    assert (draft / "big.csv").stat().st_size == size
    assert grown < MOST_GROWTH * size


def test_two_sessions_that_upload_at_the_same_time_get_their_own_files(server):
    with opened(server) as ann, opened(server) as bob, ThreadPoolExecutor() as both:
        before = server.memory()
        server.forget_peak()
        sizes = list(both.map(big, (ann, bob), (64, 96)))
        assert [len(stored(tab)["big.csv"]) for tab in (ann, bob)] == sizes
        assert server.memory("VmHWM") - before < MOST_GROWTH * sum(sizes)


def test_several_files_at_once_become_one_draft_and_leave_nothing_else(server, tab):
    files = {f"table_{n}.csv": b"n,m\n" + f"{n},1\n".encode() * (n * 1000 + 1) for n in range(4)}
    tab.upload(files)
    assert tab.errors == []
    assert stored(tab) == files
    assert server.incoming == []


def test_a_file_that_is_no_table_is_refused_in_a_sentence_and_the_whole_choice_is_given_up(server, tab):
    before = server.drafts
    tab.upload({"items.csv": b"\x89PNG\r\n\x1a\n....", "facts.csv": CSV, "empty.csv": b""})
    assert [text.partition(".")[0] for text in tab.errors] == ["items", "empty"]
    assert "items.csv should hold text but is a PNG picture" in tab.errors[0]
    assert "empty.csv is empty" in tab.errors[1]
    assert tab.query == ""
    assert server.drafts == before
    assert server.incoming == []


def test_an_upload_that_is_cancelled_leaves_nothing(server, tab):
    (urls,) = tab.addresses("big.csv")
    head, _tail = frame_of("big.csv")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.putrequest("PUT", urls.upload_url)
    for name, value in {**HEADERS, "Content-Length": str(1 << 30)}.items():
        connection.putheader(name, value)
    connection.endheaders(head)
    for _ in range(200):
        connection.send(PIECE)
    until(lambda: sum(path.stat().st_size for path in server.incoming) > len(PIECE) * 100)
    connection.close()
    until(lambda: not server.incoming)
    tab.upload({"facts.csv": CSV})  # by then the log says what it has to say
    assert "Traceback" not in (server.home / "page.log").read_text()


def test_a_file_that_is_taken_off_the_list_leaves_the_disk(server, tab):
    (urls,) = tab.addresses("facts.csv")
    assert tab.put(urls, "facts.csv", [CSV], len(CSV)) == 204
    assert [path.read_bytes() for path in server.incoming] == [CSV]
    assert server.request("DELETE", urls.delete_url, {}) == 403  # without the token
    assert len(server.incoming) == 1
    assert server.request("DELETE", urls.delete_url, HEADERS) == 204
    assert server.incoming == []


def test_without_the_token_or_a_session_nothing_is_taken(server, tab):
    (urls,) = tab.addresses("facts.csv")
    other = {"X-Xsrftoken": HEADERS["X-Xsrftoken"].replace("abcd", "abce")}
    assert put(server, urls.upload_url, {"Content-Type": HEADERS["Content-Type"]}) == 403
    assert put(server, urls.upload_url, HEADERS | other) == 403
    assert put(server, urls.upload_url.replace(tab.id, str(uuid.uuid4())), HEADERS) == 400
    assert server.incoming == []
    tab.upload({"facts.csv": CSV})
    assert stored(tab) == {"facts.csv": CSV}


def test_before_the_sign_in_nothing_is_taken(tmp_path):
    with served(tmp_path / "home", entry(tmp_path, secrets={"auth": SIGN_IN})) as server:
        with opened(server) as tab:
            assert tab.uploader == ""
            assert put(server, f"/_stcore/upload_file/{tab.id}/{uuid.uuid4()}", HEADERS) == 403
        assert server.incoming == []


def test_a_file_above_the_limit_is_refused_also_when_its_size_is_not_announced(tmp_path, monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", "1")  # MiB
    with served(tmp_path) as server, opened(server) as tab:
        (urls,) = tab.addresses("big.csv")
        head, tail = frame_of("big.csv")
        pieces = [head, *repeat(PIECE, 10), tail]  # 10 x 116 KiB
        size = {"Content-Length": str(sum(map(len, pieces)))}
        assert server.request("PUT", urls.upload_url, HEADERS | size, pieces) == 413
        assert server.request("PUT", urls.upload_url, HEADERS, pieces) == 413
        assert server.incoming == []
        tab.upload({"small.csv": CSV})
        assert stored(tab) == {"small.csv": CSV}


def test_what_a_closed_tab_brought_and_no_page_took_is_removed(tmp_path):
    with served(tmp_path / "home", entry(tmp_path)) as server:
        with opened(server) as tab:
            (urls,) = tab.addresses("facts.csv")
            assert put(server, urls.upload_url, HEADERS) == 204
            assert len(server.incoming) == 1
        until(lambda: not server.incoming)


def test_what_a_killed_server_leaves_is_removed_by_the_next_one(tmp_path):
    with served(tmp_path) as server, opened(server) as tab:
        (urls,) = tab.addresses("facts.csv")
        assert put(server, urls.upload_url, HEADERS) == 204
        server.process.kill()
    assert len(server.incoming) == 1
    with served(tmp_path) as server:
        assert server.incoming == []


def test_without_this_route_uploads_come_through_memory(tmp_path):
    with served(tmp_path, "home.py") as server, opened(server) as tab:
        tab.upload({"facts.csv": CSV, "more.csv": CSV * 2})
        assert stored(tab) == {"facts.csv": CSV, "more.csv": CSV * 2}
        assert not (tmp_path / "incoming").exists()
