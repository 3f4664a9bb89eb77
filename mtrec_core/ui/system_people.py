"""The System page's list of people, where a sign-in is configured. No torch here."""

import pandas as pd
import streamlit as st

from mtrec_core.store.records import Role
from mtrec_core.ui import frame, loaders, permission
from mtrec_core.ui.texts import _

ROLES = {Role.OPERATOR: _("Operator"), Role.VIEWER: _("Viewer")}
HOW_TO_BEGIN = _(
    "Nobody is an operator yet, so nobody can change anything here. Name the first on the server: "
    "`python -m mtrec_core people ada@example.org --role operator`"
)


def people(view: frame.Frame) -> None:
    """Who may do what; operators change it here."""
    if not permission.asks_for_sign_in():
        return
    st.subheader(
        _("People"),
        anchor=False,
        help=_("Operators bring data, start and stop runs, name people. Others who sign in are viewers."),
    )
    url = view.home.database_url
    known = loaders.people(url)
    if known:
        st.dataframe(
            pd.DataFrame(
                {
                    _("Address"): [person.email for person in known],
                    _("Role"): [ROLES[person.role] for person in known],
                    _("Since"): [person.since.date() for person in known],
                }
            ),
            hide_index=True,
            height="content",
            key="people",
            alt=_("People, their role, and since when they have it."),
        )
    else:
        st.info(HOW_TO_BEGIN, icon=":material/key:")
    if view.may_change:
        _form(view)


def _form(view: frame.Frame) -> None:
    with st.form("person", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        email = st.text_input(_("Address"), placeholder=_("ada@example.org"), key="person:email")
        role = st.selectbox(
            _("Role"), list(ROLES), format_func=lambda one: ROLES[one], key="person:role", width=160
        )
        given = st.form_submit_button(_("Give the role"), icon=":material/person_add:")
        taken = st.form_submit_button(_("Take it away"), icon=":material/person_remove:")
    if not given and not taken:
        return
    with frame.guarded():
        if given:
            view.store.set_role(email, role or Role.VIEWER)
        else:
            view.store.forget_person(email)
        loaders.people.clear()
        loaders.role.clear()
        st.rerun()
