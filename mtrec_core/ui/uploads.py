"""What a page does with an uploaded file: take it into a folder, read its head, let it go. No torch here.

A file lies on the disk already when the page sees it (`upload_route`). Where that route isn't in front of the
server, as in tests of a page alone, Streamlit holds it in memory.
"""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mtrec_core.data.upload import adopt, spool
from mtrec_core.errors import StorageError
from mtrec_core.ui.incoming import INCOMING


def admit() -> None:
    """Lets this session upload. Called behind the sign-in."""
    session = _session()
    if session:
        _admitted(session)


@st.cache_resource(scope="session", on_release=INCOMING.leave, show_spinner=False)
def _admitted(session: str) -> str:
    INCOMING.admit(session)
    return session


def take(file: UploadedFile, folder: Path) -> Path:
    """Puts an upload into a folder under its safe name; the path. It can be taken again until it is let go.

    DataError for what is no table, or no such table as its name says; StorageError where the disk is full.
    """
    found = _found(file)
    return spool(file, file.name, folder, file.size) if found is None else adopt(found, file.name, folder)


def first_bytes(file: UploadedFile, most: int) -> bytes:
    """The beginning of an upload."""
    found = _found(file)
    if found is None:
        return file.read(most)
    with found.open("rb") as stream:
        return stream.read(most)


def let_go(file: UploadedFile) -> None:
    """Removes an upload now; it would stay until the reader removes it or closes the tab."""
    INCOMING.drop(_session(), file.file_id)


def _found(file: UploadedFile) -> Path | None:
    found = INCOMING.find(_session(), file.file_id)
    if isinstance(found, StorageError):
        raise found
    return found


def _session() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""
