"""Data: bring tables, say what they hold, have them checked, look at them in numbers."""

import streamlit as st

from mtrec_core.cli.arguments import imported_datasets
from mtrec_core.data.drafts import find_draft
from mtrec_core.ui import data_bring, data_draft, data_page, frame, permission
from mtrec_core.ui.texts import _

view = frame.begin(_("Data"))
st.title(_("Data"), anchor=False)
with frame.guarded():
    name, draft_key = st.query_params.get("dataset", ""), st.query_params.get("draft", "")
    draft = find_draft(view.home.datasets, draft_key)
    if draft is not None and view.may_change:
        data_draft.show_draft(view.home, draft)
    elif name in imported_datasets(view.home):
        data_page.show_dataset(view.home, name, view.dark)
    else:
        if name or draft_key:
            st.warning(_("What the link names is not there any more."), icon=":material/link_off:")
        if view.may_change:
            st.markdown(_("Three ways to begin. Nothing leaves this machine."))
            data_bring.show(view.home)
        else:
            st.markdown(permission.REFUSAL)
            data_bring.known(view.home)
