"""Uploads go to the disk while they arrive. No torch here.

Streamlit alone holds an upload twice: its route keeps the file as bytes, and the page gets a deep copy of it.
Therefore `UploadsToDisk` stands in front of that route. When Streamlit, content with token, session and
announced size, begins to read the body, the file's bytes go to the disk, and Streamlit reads the same body
with an empty file in it. The page asks `uploads` for the file.

This leans on Streamlit's address for uploads and on nothing else inside it. Should that address change,
uploads go through memory again, and the tests of this file fail.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from io import FileIO
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mtrec_core.data.upload import check_room, unwritten
from mtrec_core.errors import MtrecError, StorageError
from mtrec_core.home import Home
from mtrec_core.ui.incoming import INCOMING
from mtrec_core.ui.upload_body import UploadBody, boundary_of

UPLOAD = re.compile(r"/_stcore/upload_file/([0-9a-f-]{36})/([0-9a-f-]{36})$")
"""Streamlit's address of one upload: the session's id and the upload's."""
PIECE_BYTES = 1 << 20
"""So much is written at a time."""
FRAME_BYTES = 1 << 20
"""A body may be so much longer than its file, as Streamlit allows too."""
SWEEP_SECONDS = 60.0


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Removes what was left behind: by servers that are gone at the start, by sessions meanwhile, and by this
    server at its end."""
    with suppress(MtrecError):  # the pages say it, and the first upload tries again
        INCOMING.open(Home.from_environment())
    sweeper = asyncio.create_task(_sweep())
    try:
        yield
    finally:
        sweeper.cancel()
        INCOMING.close()


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await to_thread.run_sync(INCOMING.sweep)


class UploadsToDisk:
    """ASGI middleware in front of Streamlit's routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; of an upload only what isn't the file."""
        found = UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        session, upload = found.groups()
        arrival = Arrival(Headers(scope=scope), receive, session, upload)
        granted = False

        async def watched(message: Message) -> None:
            nonlocal granted
            if message["type"] == "http.response.start":
                granted = 200 <= message["status"] < 300
                if granted and scope["method"] == "DELETE":
                    INCOMING.drop(session, upload)
            await send(message)

        try:
            with suppress(ClientDisconnect):  # a cancelled upload is no fault for the log
                await self._app(scope, arrival.receive, watched)
        finally:
            if arrival.kept and not granted:
                INCOMING.drop(session, upload)


class Arrival:
    """One request whose file goes to the disk when somebody wants to read the request's body."""

    def __init__(self, headers: Headers, receive: Receive, session: str, upload: str) -> None:
        self.kept = False
        """Whether INCOMING got the upload."""
        self._headers, self._receive = headers, receive
        self._session, self._upload = session, upload
        self._boundary = boundary_of(headers.get("content-type", "").encode("latin-1"))
        self._asked = False

    async def receive(self) -> Message:
        """The whole body, with no bytes in its file; after that whatever follows the body."""
        if self._asked or self._boundary is None:
            return await self._receive()
        self._asked = True
        if not INCOMING.admits(self._session):
            raise HTTPException(403, "This session may not upload before a page was shown to it.")
        body = UploadBody(self._boundary)
        with Spool(int(self._headers.get("content-length", "0"))) as spool:
            last = await self._spool(body, spool)
            if last["type"] != "http.request":
                return last
            INCOMING.keep(self._session, self._upload, spool.kept())
            self.kept = True
        return {"type": "http.request", "body": body.rest(), "more_body": False}

    async def _spool(self, body: UploadBody, spool: "Spool") -> Message:
        """Reads to the body's end, or to the moment when the browser goes away; the last message."""
        most = int(st.get_option("server.maxUploadSize")) << 20
        held, size, frame = bytearray(), 0, 0
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            piece = message.get("body", b"")
            try:
                of_file = body.feed(piece)
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
            size, frame = size + len(of_file), frame + len(piece) - len(of_file)
            if size > most or frame > FRAME_BYTES:
                raise HTTPException(413, "File too large")
            held += of_file
            at_end = not message.get("more_body", False)
            if at_end or len(held) >= PIECE_BYTES:
                await to_thread.run_sync(spool.write, body.name or "", held)
                held = bytearray()
            if at_end and not body.complete:
                raise HTTPException(400, "The body ends too early")
            if at_end:
                return message


class Spool:
    """A file that is there if it was kept, and gone if not."""

    def __init__(self, announced: int) -> None:
        self._announced = announced
        self._path: Path | None = None
        self._file: FileIO | None = None
        self._refusal: StorageError | None = None
        self._kept = False

    def __enter__(self) -> "Spool":
        return self

    def write(self, name: str, piece: bytes | bytearray) -> None:
        """Writes, or remembers why that can't be: the browser hears of it from the page, in a sentence, and a
        server that stops to read would show it a broken connection instead."""
        if self._refusal is not None:
            return
        try:
            if self._file is None:
                folder = INCOMING.open(Home.from_environment())
                check_room(name, self._announced, folder)
                self._path = folder / uuid.uuid4().hex
                self._file = self._path.open("wb", buffering=0)
            left = memoryview(piece)
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self._refusal = unwritten(name, error)
        except StorageError as error:
            self._refusal = error

    def kept(self) -> Path | StorageError:
        """Where the file lies from now on, or why it doesn't."""
        if self._refusal is not None or self._path is None:
            return self._refusal or StorageError("Nothing was written.")
        self._kept = True
        return self._path

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()
        if self._path is not None and not self._kept:
            self._path.unlink(missing_ok=True)
