"""The Data page's door: a sample in one click, an upload, a path on the server, or a dataset of before.

No torch here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mtrec_core.cli.arguments import imported_datasets
from mtrec_core.data.drafts import (
    KEPT_SECONDS,
    changed_at,
    discard,
    files_of,
    free_name,
    leave_in_place,
    link,
    new_draft,
    standing_drafts,
)
from mtrec_core.data.samples import SAMPLES, use_sample
from mtrec_core.data.spec_file import SPEC_FILE, load_dataset_spec
from mtrec_core.data.upload import ENDINGS, server_tables
from mtrec_core.errors import MtrecError
from mtrec_core.home import Home
from mtrec_core.ui import formats, uploads
from mtrec_core.ui.texts import _, n_, plain

MOST_DRAFTS = 5
MOST_FILES = 6
"""Names of tables shown of a draft."""


def show(home: Home) -> None:
    """Everything that leads to a dataset."""
    sample, upload, path = st.columns(3, gap="medium", border=True)
    with sample:
        _samples(home)
    with upload:
        _upload(home)
    with path:
        _path(home)
    _not_kept(home)
    known(home)


def _samples(home: Home) -> None:
    st.subheader(_("Try a sample"), anchor=False)
    for sample in SAMPLES.values():
        st.markdown(f"**{_(sample.title)}.** {_(sample.text)}")
        if st.button(
            _("Use {name}").format(name=sample.key),
            key=f"sample:{sample.key}",
            type="primary" if sample.key == "shop" else "secondary",
            icon=":material/play_arrow:",
        ):
            use_sample(sample.key, home.datasets)
            go_to(dataset=sample.key)


def _upload(home: Home) -> None:
    st.subheader(_("Upload your tables"), anchor=False)
    st.markdown(
        _("CSV, TSV, JSON Lines, Parquet or Excel, plain or gzip. Bring all tables at once: people, things, "
          "and what happened between them. One flat table works too.")
    )  # fmt: skip
    turn = st.session_state.setdefault("data:turn", 0)
    files = st.file_uploader(
        _("Tables"),
        type=[ending[1:] for ending in ENDINGS],
        accept_multiple_files=True,
        key=f"data:upload:{turn}",
        label_visibility="collapsed",
    )
    for text in st.session_state.pop("data:refused", []):
        st.error(text, icon=":material/error:")
    if files:
        # The next turn's uploader is empty: what it held lies in the draft by then.
        st.session_state["data:turn"] = turn + 1
        with st.spinner(_("Writing to disk")):
            draft = _spooled(files, home)
        if draft:
            go_to(draft=draft.name)
        st.rerun()


def _spooled(files: Sequence[UploadedFile], home: Home) -> Path | None:
    """The draft that the uploads went into; None, and the reasons in the session, where one is no table."""
    draft = new_draft(home.datasets)
    refused = []
    for file in files:
        try:
            uploads.take(file, draft)
        except MtrecError as error:
            refused.append(str(error))
        finally:
            uploads.let_go(file)
    if not refused:
        return draft
    discard(draft)
    st.session_state["data:refused"] = refused
    return None


def _path(home: Home) -> None:
    st.subheader(_("Use a path on the server"), anchor=False)
    st.markdown(_("A table, a folder of tables, or a dataset folder. They stay where they are."))
    with st.form("data:path", border=False):
        given = st.text_input(_("Path"), placeholder=_("/data/shop"))
        if st.form_submit_button(_("Open"), icon=":material/folder_open:"):
            try:
                _open_path(given, home)
            except MtrecError as error:
                st.error(str(error), icon=":material/error:")


def _open_path(given: str, home: Home) -> None:
    folder = Path(given.strip()).expanduser()
    if (folder / SPEC_FILE).is_file() or folder.name == SPEC_FILE:
        source = load_dataset_spec(folder)
        name = free_name(home.datasets, source.name)
        link(source, home.datasets, name)
        go_to(dataset=name)
    files = server_tables(given)
    draft = new_draft(home.datasets)
    leave_in_place(draft, files)
    go_to(draft=draft.name)


def _not_kept(home: Home) -> None:
    """The drafts of before, each with a way back into it."""
    drafts = standing_drafts(home.datasets)[:MOST_DRAFTS]
    if not drafts:
        return
    st.subheader(_("Not kept yet"), anchor=False)
    days = int(KEPT_SECONDS // 86_400)
    st.caption(
        _("Open one and give it a name to keep it; after {n} days without a change it is deleted.").format(
            n=days
        )
    )
    for draft in drafts:
        names = [plain(file.name) for file in files_of(draft)]
        files = ", ".join(names[:MOST_FILES]) + (", …" if len(names) > MOST_FILES else "")
        when = formats.moment(datetime.fromtimestamp(changed_at(draft), tz=UTC))
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{files}**  \n:small[{_('Last changed {when}').format(when=when)}]")
            if st.button(_("Open"), key=f"draft:{draft.name}", icon=":material/arrow_forward:"):
                go_to(draft=draft.name)
            if st.button(_("Discard"), key=f"discard:{draft.name}", icon=":material/delete:"):
                discard(draft)
                st.rerun()


def known(home: Home) -> None:
    """The datasets that have a name, each with a way in."""
    names = imported_datasets(home)
    if not names:
        return
    st.subheader(_("Your datasets"), anchor=False)
    for name in names:
        row = st.container(border=True, horizontal=True, vertical_alignment="center")
        try:
            spec = load_dataset_spec(home.datasets / name)
            count = len(spec.tasks)
            text = n_("{n} task", "{n} tasks", count).format(n=count) + ": " + ", ".join(spec.tasks)
        except MtrecError as error:
            text = str(error)
        with row:
            st.markdown(f"**{name}**  \n:small[{text}]")
            if st.button(_("Open"), key=f"open:{name}", icon=":material/arrow_forward:"):
                go_to(dataset=name)


def go_to(dataset: str = "", draft: str = "") -> None:
    """The page anew, at a dataset, a draft, or the door."""
    st.query_params.clear()
    if dataset:
        st.query_params["dataset"] = dataset
    if draft:
        st.query_params["draft"] = draft
    for name in [key for key in st.session_state if str(key).startswith(("edit:", "data:examined"))]:
        del st.session_state[name]
    st.rerun()
