"""System: what runs where, and whether all is well."""

import streamlit as st

from mtrec_core.ui import frame, system_page, system_people
from mtrec_core.ui.texts import _

view = frame.begin(_("System"))
with frame.guarded():
    st.title(_("System"), anchor=False)
    system_page.supervisor(view)
    system_page.storage(view)
    system_people.people(view)
    left, right = st.columns(2, gap="large")
    with left:
        system_page.versions()
    with right:
        system_page.doctor()
