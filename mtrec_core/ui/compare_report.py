"""The report as a download. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.reports.compose import MOST_RUNS, report
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import frame
from mtrec_core.ui.texts import _


def button(view: frame.Frame, runs: Sequence[RunRecord], base: RunRecord) -> None:
    """Composes the report when it is asked for, not before."""
    many = len(runs) > MOST_RUNS
    help_text = (
        _("A report takes up to {most} runs.").format(most=MOST_RUNS)
        if many
        else _(
            "One HTML file with the charts, tables, configurations and limits of the chosen "
            "runs; it opens without "
            "a network."
        )
    )
    st.download_button(
        _("Report"),
        data=lambda: report(runs, view.store, base),
        file_name="report.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/description:",
        help=help_text,
        disabled=many,
        key="report",
    )
