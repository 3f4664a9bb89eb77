"""Try with a table: upload rows, download their predictions. No torch here.

The table is spooled to disk and worked on by the model's process; the link names it, so a reload loses
nothing.
"""

import uuid
from pathlib import Path

import pandas as pd
import streamlit as st

from mtrec_core.comparing.csv_table import to_csv
from mtrec_core.data.upload import ENDINGS, check_unpacked
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.inference.asked import Offers, Progress, TaskOffer
from mtrec_core.inference.service_client import uploads_folder
from mtrec_core.ui import formats, frame, try_models, uploads
from mtrec_core.ui.texts import _
from mtrec_core.ui.try_models import Chosen

PREDICTIONS = "predictions.csv"
LINK = "rows"
PREVIEW = 20
PER_ROW = 5
"""Items of a retrieval for each row."""
TICK = 1.0


def show(model: Chosen, home: Home) -> None:
    """The form, or the work that the link names."""
    named = st.query_params.get(LINK, "")
    if named:
        _work(model, home, named)
        return
    offers = try_models.offers(model)
    left, right = st.columns([1, 1], gap="large")
    with left:
        task = st.selectbox(
            _("Task"), list(offers.tasks), format_func=lambda name: offers.tasks[name].title, key="rows_task"
        )
        file = st.file_uploader(
            _("Table with one row per prediction"), type=[ending.lstrip(".") for ending in ENDINGS],
            key="rows_file", help=_("CSV, TSV, Parquet, JSON Lines or Excel; plain or gzip."),
        )  # fmt: skip
        pressed = st.button(
            _("Predict"), type="primary", icon=":material/play_arrow:", disabled=file is None, key="rows_go"
        )
    with right:
        _columns(offers, offers.tasks[task])
    if pressed and file is not None:
        name = uuid.uuid4().hex[:12]
        folder = uploads_folder(home, name)
        path = uploads.take(file, folder)
        check_unpacked(path)
        try_models.served(model.root, model.folder).predict_file(task, path, folder / PREDICTIONS, PER_ROW)
        st.query_params[LINK] = name
        st.rerun()


def _columns(offers: Offers, task: TaskOffer) -> None:
    """Which columns the table needs, with a file to begin from."""
    st.markdown("**" + _("Columns that it needs") + "**")
    st.markdown(", ".join(f"`{name}`" for name in task.needs))
    if task.may_have:
        st.markdown("**" + _("Columns that it may have") + "**")
        st.markdown(", ".join(f"`{name}`" for name in task.may_have))
        st.caption(
            _(
                "Things that training never saw are read from these columns. A row with a time has the "
                "history before it, else that of now."
            )
        )
    if task.usual:
        usual = ", ".join(
            f"{name} {value:g}" if isinstance(value, float) else f"{name} {value or _('none')}"
            for name, value in task.usual.items()
        )
        st.caption(_("Where the context is missing, the usual one is taken: {usual}.").format(usual=usual))
    header = to_csv(pd.DataFrame(columns=[*task.needs, *task.may_have]))
    st.download_button(
        _("Empty table with these columns"), header, "rows.csv", "text/csv", type="tertiary",
        icon=":material/download:", on_click="ignore", key="rows_template",
    )  # fmt: skip


def _work(model: Chosen, home: Home, named: str) -> None:
    """Progress of the table that the link names, and what became of it."""
    if st.button(_("Another table"), icon=":material/arrow_back:", key="rows_back", type="tertiary"):
        del st.query_params[LINK]
        st.rerun()
    if not named.isalnum():
        raise UserError(_("The link names no table; choose “Another table”."))
    target = uploads_folder(home, named) / PREDICTIONS
    progress = try_models.served(model.root, model.folder).progress(target)
    if not progress.written and not progress.error:
        _watch(model, target)
        return
    if progress.error:
        st.error(progress.error, icon=":material/error:")
        return
    _download(target)


@st.fragment(run_every=TICK)
def _watch(model: Chosen, target: Path) -> None:
    with frame.guarded():
        progress: Progress = try_models.served(model.root, model.folder).progress(target)
        if progress.written or progress.error:
            st.rerun()
        told = _("Reading the table")
        if progress.rows:
            told = _("{done} of {rows}").format(
                done=formats.whole(progress.done), rows=formats.rows(progress.rows)
            )
        st.progress(progress.done / max(progress.rows, 1), text=told)


def _download(target: Path) -> None:
    first = pd.read_csv(target, nrows=PREVIEW, dtype=str, keep_default_na=False)
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    with head:
        st.markdown("**" + _("Predictions") + "**", width="content")
        st.download_button(
            _("Download ({size})").format(size=formats.size(target.stat().st_size)), target.read_bytes,
            PREDICTIONS, "text/csv", type="primary", icon=":material/download:", on_click="ignore",
            key="rows_download",
        )  # fmt: skip
    st.dataframe(first, hide_index=True, alt=_("The first rows of the predictions."))
    st.caption(
        _(
            "The first {n} lines. Text cells that a spreadsheet would run as a formula have an apostrophe "
            "before them. Tables are kept for seven days."
        ).format(n=len(first))
    )
