"""Home: what is running, the last results, and where to start."""

import streamlit as st

from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

view = frame.begin(_("Home"), ":material/home:")
st.title(_("One model for all your recommendation tasks"), anchor=False)
with frame.guarded():
    frame.empty_state(
        ":material/rocket_launch:",
        _("Nothing has been trained yet"),
        _("Choose data on the Data page, then train on the Train page."),
    )
