"""The body of an upload request: which bytes go to the disk, and what is left for Streamlit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import UploadFile
from starlette.requests import Request

from mtrec_core.ui.upload_body import UploadBody, boundary_of
from tests.ui.upload_client import BOUNDARY, HEADERS, frame_of


def fed(body: bytes, cuts: list[int]) -> tuple[bytes, UploadBody]:
    """The file's bytes in a body that comes in pieces."""
    taken = UploadBody(BOUNDARY.encode())
    ends = [*sorted(min(cut, len(body)) for cut in cuts), len(body)]
    content = b"".join(taken.feed(body[a:b]) for a, b in zip([0, *ends], ends, strict=False))
    return content, taken


def form(body: bytes) -> list[UploadFile]:
    """What Streamlit finds in a body."""

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", HEADERS["Content-Type"].encode())]
    request = Request({"type": "http", "method": "PUT", "headers": headers}, receive)

    async def parsed():
        return await request.form()

    with ThreadPoolExecutor(max_workers=1) as thread:  # this one may have a loop that runs, a browser's
        found = thread.submit(asyncio.run, parsed()).result()
    return [value for value in found.values() if isinstance(value, UploadFile)]


awkward = st.sampled_from([b"\r\n", b"--", b"\r\n--" + BOUNDARY.encode()[:-1], b"\r", b"a,b\n", b"\x00\xff"])


@given(
    content=st.lists(st.one_of(st.binary(max_size=30), awkward), max_size=12).map(b"".join),
    name=st.sampled_from(["orders.csv", "töne und 'mehr'.csv", "C:\\a.csv"]),
    cuts=st.lists(st.integers(0, 600), max_size=8),
)
def test_the_files_bytes_come_out_as_they_went_in_wherever_the_body_is_cut(content, name, cuts):
    head, tail = frame_of(name)
    found, body = fed(head + content + tail, cuts)
    assert found == content
    assert body.complete
    (left,) = form(body.rest())
    assert left.size == 0
    (whole,) = form(head + content + tail)
    assert (left.filename, left.content_type) == (whole.filename, whole.content_type)
    assert body.name


def test_a_body_that_ends_early_is_not_complete():
    head, _tail = frame_of("orders.csv")
    found, body = fed(head + b"a,b\n1,2\n", [])
    assert found == b"a,b\n1,2\n"
    assert not body.complete


def test_of_two_files_the_second_is_left_to_streamlit_to_refuse():
    head, tail = frame_of("a.csv")
    second, _ = frame_of("b.csv")
    found, body = fed(head + b"first" + b"\r\n" + second + b"second" + tail, [])
    assert found == b"first"
    assert [file.filename for file in form(body.rest())] == ["a.csv", "b.csv"]


def test_what_is_no_multipart_body_is_refused():
    with pytest.raises(ValueError, match="not a multipart body"):
        fed(b"user_id,item_id\n", [])


def test_the_boundary_is_the_one_that_the_request_names():
    assert boundary_of(HEADERS["Content-Type"].encode()) == BOUNDARY.encode()
    assert boundary_of(b"application/x-www-form-urlencoded") is None
    assert boundary_of(b"") is None
