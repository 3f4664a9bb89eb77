"""The System page in parts: supervisor and slots, disk, database, versions, doctor. No torch here."""

import pandas as pd
import streamlit as st

from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.ui import formats, frame, loaders, run_facts, supervision, system_facts
from mtrec_core.ui.system_facts import Finding, Storage
from mtrec_core.ui.texts import _, sentence, terms

FIGURE = 140
"""Pixels a number with its name takes: two stand beside each other on a phone, below the two above."""


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def _storage(home: Home) -> Storage:
    return system_facts.storage(home)


def supervisor(view: frame.Frame) -> None:
    """The supervisor and what is in its slots."""
    st.subheader(_("Supervisor"), anchor=False, help=terms["supervisor"])
    state = loaders.supervisor(view.home)
    with st.container(border=True):
        if not state.alive:
            st.write(supervision.not_there(view.home, state))
            with st.container(width=FIGURE):
                supervision.start_button(view.home, "start_here")
            return
        with st.container(horizontal=True, gap="medium"):
            st.metric(_("Process"), str(state.pid), width=FIGURE)
            st.metric(_("Started"), formats.moment(state.started), width=200)
            age = None if state.beat is None else (loaders.now() - state.beat).total_seconds()
            st.metric(_("Sign of life"), formats.seconds(age), width=FIGURE, help=terms["sign_of_life"])
        for slot in state.slots:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.badge(slot.name, icon=":material/memory:", color="gray", help=terms["slot"])
                if slot.run_id is None:
                    st.caption(_("free"))
                else:
                    run = loaders.run(view.home.database_url, slot.run_id)
                    st.page_link(
                        "pages/3_Monitor.py",
                        label=sentence(run_facts.run_title(run)),
                        query_params={"run": run.id},
                    )


def storage(view: frame.Frame) -> None:
    """Disk and database."""
    st.subheader(_("Storage"), anchor=False)
    with frame.guarded(), st.container(border=True):
        found = _storage(view.home)
        with st.container(horizontal=True, gap="medium"):
            st.metric(
                _("Free on the disk"),
                formats.size(found.free),
                width=FIGURE,
                help=_("Of {total}.").format(total=formats.size(found.total)),
            )
            st.metric(
                _("Runs"),
                formats.size(found.runs),
                width=FIGURE,
                help=_("Checkpoints, models, predictions."),
            )
            st.metric(
                _("Text vectors"),
                formats.size(found.vectors),
                width=FIGURE,
                help=_(
                    "A cache of frozen encoders' vectors. It may be deleted; it is made again when needed."
                ),
            )
            st.metric(_("Datasets"), formats.size(found.datasets), width=FIGURE)
            if found.database is not None:
                st.metric(_("Database"), formats.size(found.database), width=FIGURE)
        st.caption(_("Data folder: {folder}").format(folder=view.home.root))
        st.caption(_("Database and schema: {name}").format(name=system_facts.database_name(view.home)))


def versions() -> None:
    """What is installed."""
    st.subheader(_("Versions"), anchor=False)
    found = system_facts.versions()
    st.dataframe(
        pd.DataFrame({_("Library"): found.keys(), _("Version"): found.values()}),
        hide_index=True,
        height="content",
        key="versions",
        alt=_("Libraries and their installed versions."),
    )


def doctor() -> None:
    """What this machine lacks, when asked."""
    st.subheader(_("Examination"), anchor=False)
    if st.button(_("Examine this machine"), icon=":material/stethoscope:", key="doctor"):
        with st.spinner(_("Asking torch, the encoder, memory, disk and database")):
            try:
                st.session_state["findings"] = system_facts.examine()
            except UserError as error:
                st.error(str(error), icon=":material/error:")
    for finding in st.session_state.get("findings", []):
        _show(finding)


def _show(finding: Finding) -> None:
    marks = {"ok": ":green[:material/check_circle:]", "warn": ":orange[:material/warning:]"}
    mark = marks.get(finding.level, ":red[:material/error:]")
    st.markdown(f"{mark} **{finding.name}** {finding.text}")
    if finding.fix:
        st.caption(finding.fix)
