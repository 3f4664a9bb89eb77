"""What the Data and Train pages leave to processes of their own, and how they wait for it. No torch here."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from mtrec_core.data.fingerprint import table_files
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.table_facts import TableFacts
from mtrec_core.home import Home
from mtrec_core.jobs.side_work import Answer, ask, forget, look

DESK = "mtrec_core.data.desk"
LOOK_SECONDS = 1.0
"""How often a page looks whether an answer has come."""


def folder(home: Home) -> Path:
    """Where answers lie."""
    return home.root / "answers"


def key_of(*parts: object) -> str:
    """A short name for what is asked."""
    return hashlib.blake2b(json.dumps(parts, default=str).encode(), digest_size=12).hexdigest()


def files_state(paths: Sequence[Path]) -> list[tuple[str, int, int]]:
    """Name, size and time of change of files; a missing one counts as such."""
    found = []
    for path in paths:
        try:
            status = path.stat()
            found.append((str(path), status.st_size, status.st_mtime_ns))
        except OSError:
            found.append((str(path), -1, 0))
    return found


def tables_state(spec: DatasetSpec) -> list[tuple[str, int, int]]:
    """The same for the tables that a dataset names."""
    return files_state([spec.tables / file for file in table_files(spec)])


def guess(home: Home, draft: Path, name: str, files: Sequence[Path]) -> tuple[str, Answer]:
    """The key and the answer to: what do these tables hold?"""
    key = "guess-" + key_of(draft.name, files_state(files))
    return key, ask(folder(home), key, DESK, ["guess", str(draft), name, *map(str, files)])


def facts(home: Home, spec: DatasetSpec) -> tuple[str, Answer]:
    """What stands in the columns of a dataset's tables."""
    key = "facts-" + key_of(tables_state(spec))
    return key, ask(folder(home), key, DESK, ["facts", str(spec.folder)])


def examination_key(spec: DatasetSpec) -> str:
    """Changes with the declaration and with the tables."""
    declared = {name: value for name, value in asdict(spec).items() if name not in ("description", "license")}
    return "examine-" + key_of(declared, tables_state(spec))


def examine(home: Home, spec: DatasetSpec) -> tuple[str, Answer]:
    """The checks and the profile of a dataset as it is declared now; ends an older examination of it."""
    key = examination_key(spec)
    last = st.session_state.get("data:examined")
    if last and last != key and (answer := look(folder(home), last)) and answer.state == "working":
        forget(folder(home), last)
    st.session_state["data:examined"] = key
    return key, ask(folder(home), key, DESK, ["examine", str(spec.folder)])


def table_facts(answer: Answer) -> list[TableFacts]:
    """The facts in an answer."""
    return [TableFacts.from_json(item) for item in answer.content.get("facts", [])]


@st.fragment(run_every=LOOK_SECONDS)
def wait_for(place: str, key: str, text: str) -> None:
    """Says what is being done until its answer is there, then runs the page anew."""
    answer = look(Path(place), key)
    if answer is None or answer.state != "working":
        st.rerun()
    st.markdown(f":material/hourglass_top: {text}")
    st.progress(min(0.95, answer.seconds / (answer.seconds + 8)) if answer else 0.0)
