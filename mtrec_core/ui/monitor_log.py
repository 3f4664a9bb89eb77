"""The end of a run's log, and the whole of it to download. No torch here."""

import streamlit as st

from mtrec_core.jobs.logs import tail
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.texts import _

LINES = 200


def show(run: RunRecord, expanded: bool) -> None:
    """The last lines in a box that folds."""
    with st.expander(_("Log"), expanded=expanded, icon=":material/terminal:", key="log"):
        text = tail(run, LINES)
        if not text:
            st.caption(_("Nothing has been written yet."))
            return
        st.code(text, language=None, height=320, wrap_lines=True)
        st.download_button(
            _("Download the whole log"),
            data=lambda: (run.folder / "run.log").read_bytes(),
            file_name=f"run-{run.id}.log",
            mime="text/plain",
            on_click="ignore",
            icon=":material/download:",
        )
