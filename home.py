"""Home: what is running, the last results, and where to start."""

import streamlit as st

from mtrec_core.ui import frame, home_page, loaders
from mtrec_core.ui.texts import _

view = frame.begin(_("Home"))
with frame.guarded():
    runs = loaders.runs(view.home.database_url, limit=50)
    st.title(_("One model for all your recommendation tasks"), anchor=False)
    if not runs:
        st.write(
            _(
                "Bring your shop's tables, say how much each task matters, train on a pretrained "
                "transformer, and watch what each task gains and loses."
            )
        )
        home_page.first_steps(view, hero=True)
    else:
        home_page.going_on(view)
        home_page.last_results(runs)
        st.subheader(_("Next"), anchor=False)
        home_page.first_steps(view, hero=False)
