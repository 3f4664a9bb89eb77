"""A dataset in the making on the Data page: its guess, its name, and the way out. No torch here."""

from pathlib import Path

import streamlit as st

from mtrec_core.data.drafts import discard, files_of, free_name, keep
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import SPEC_FILE, write_dataset_spec
from mtrec_core.data.table_facts import TableFacts
from mtrec_core.errors import MtrecError
from mtrec_core.home import Home
from mtrec_core.jobs.side_work import Answer
from mtrec_core.ui import data_work
from mtrec_core.ui.data_bring import go_to
from mtrec_core.ui.data_new_tasks import add_task
from mtrec_core.ui.data_page import body, declared
from mtrec_core.ui.texts import _, sentence


def show_draft(home: Home, draft: Path) -> None:
    """A dataset in the making: guess, correct, keep."""
    files = files_of(draft)
    name = free_name(home.datasets, _first_name(draft, files))
    key, answer = (
        data_work.guess(home, draft, name, files) if files else ("", Answer(state="failed", content={}))
    )
    if answer.state == "working":
        data_work.wait_for(
            str(data_work.folder(home)), key, _("Reading the tables and guessing what they hold")
        )
        _leave(draft)
        return
    tables = data_work.table_facts(answer)
    if not (draft / SPEC_FILE).is_file():
        st.error(answer.problem or _("The tables could not be read."), icon=":material/error:")
        if tables:
            _by_hand(draft, name, tables)
        _leave(draft)
        return
    spec = declared(draft)
    if spec is None:
        if tables:
            _by_hand(draft, name, tables)
        _leave(draft)
        return
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        chosen = st.text_input(_("Name of the dataset"), value=name, key=f"name:{draft.name}")
        kept = st.button(_("Keep this dataset"), type="primary", icon=":material/save:", key="keep")
        _leave(draft)
    if kept:
        try:
            keep(draft, spec, home.datasets, chosen.strip())
        except MtrecError as error:
            st.error(sentence(str(error)), icon=":material/error:")
        else:
            go_to(dataset=chosen.strip())
    body(home, spec, tables)


def _first_name(draft: Path, files: list[Path]) -> str:
    """The only table's name, else that of the folder where the tables stay, else a plain one."""
    if len(files) == 1:
        return files[0].name.split(".")[0]
    return files[0].parent.name if files and files[0].parent != draft else "my_data"


def _leave(draft: Path) -> None:
    if st.button(_("Discard"), icon=":material/delete:", key="discard"):
        discard(draft)
        go_to()


def _by_hand(draft: Path, name: str, tables: list[TableFacts]) -> None:
    """Where nothing was guessed: the reader says what to predict, and the rest follows from that."""
    st.subheader(_("Say it yourself"), anchor=False)
    st.caption(_("Add a task here: choose the column to predict, and the rest follows from it."))
    empty = DatasetSpec(name=name, folder=draft, tables=files_of(draft)[0].parent, entities={}, tasks={})
    made = add_task(empty, tables)
    if made is None:
        return
    write_dataset_spec(made, draft)
    if declared(draft) is None:
        (draft / SPEC_FILE).unlink()  # else the draft would stay as it is, with nothing to say
    else:
        st.rerun()
