"""Try: ask a trained model."""

import streamlit as st

from mtrec_core.ui import frame, try_page
from mtrec_core.ui.texts import _

view = frame.begin(_("Try"))
with frame.guarded():
    st.title(_("Try"), anchor=False)
    models = try_page.choose_models(view)
    if models:
        try_page.ask(view, models)
