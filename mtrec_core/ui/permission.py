"""What the person before the page may do: all, unless a sign-in is configured and says otherwise. No torch
here."""

from pathlib import Path

import streamlit as st

from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.store.records import Role
from mtrec_core.ui import loaders
from mtrec_core.ui.texts import _

REFUSAL = _(
    "You may look, compare and try, but not change anything here. An operator can: "
    "the System page names them, and can make you one."
)


def asks_for_sign_in() -> bool:
    """Whether `.streamlit/secrets.toml` configures a sign-in. UserError for secrets that can't be read: they
    may ask for one."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError as error:  # Streamlit's word for a file that it can't read as well
        there = [str(path) for path in st.get_option("secrets.files") if Path(path).exists()]
        if not there:
            return False
        raise UserError(
            _("Nobody is let in: {file} can't be read, and it may ask for a sign-in. {error}").format(
                file=", ".join(there), error=error
            )
        ) from None


def address() -> str:
    """The mail address of who is signed in; "" without a sign-in, or where it gives none."""
    return str(st.user.get("email") or "") if asks_for_sign_in() else ""


def may_change(home: Home) -> bool:
    """Whether this person is an operator; everybody is where there is no sign-in."""
    return not asks_for_sign_in() or loaders.role(home.database_url, address()) is Role.OPERATOR


def demand(home: Home) -> None:
    """UserError for a viewer; before anything is changed that isn't in the store, which refuses by itself."""
    if not may_change(home):
        raise UserError(REFUSAL)
