"""What stands around every page: page settings, sign-in, sidebar, and errors as sentences. No torch here.

A deep link runs a page without `home.py`, so each page calls `begin` first.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAuthError

from mtrec_core.errors import MtrecError
from mtrec_core.home import Home
from mtrec_core.store.store import Store
from mtrec_core.ui import loaders, permission, supervision, uploads
from mtrec_core.ui.early_imports import page_begun
from mtrec_core.ui.page_script import run_beside_page
from mtrec_core.ui.texts import _, sentence
from mtrec_core.ui.theme import CSS, favicon, logo

PRODUCT = "MTRec Studio"

READABLE = 640
"""Pixels: how wide a centred text may run."""

LOG = logging.getLogger("mtrec_core.ui")


@dataclass(frozen=True, kw_only=True)
class PageLink:
    """One entry of the sidebar."""

    path: str
    """Relative to `home.py`."""
    title: str
    icon: str


PAGES: tuple[PageLink, ...] = (
    PageLink(path="home.py", title=_("Home"), icon=":material/home:"),
    PageLink(path="pages/1_Data.py", title=_("Data"), icon=":material/table_chart:"),
    PageLink(path="pages/2_Train.py", title=_("Train"), icon=":material/tune:"),
    PageLink(path="pages/3_Monitor.py", title=_("Monitor"), icon=":material/monitoring:"),
    PageLink(path="pages/4_Compare.py", title=_("Compare"), icon=":material/compare_arrows:"),
    PageLink(path="pages/5_Try.py", title=_("Try"), icon=":material/touch_app:"),
    PageLink(path="pages/6_System.py", title=_("System"), icon=":material/dns:"),
)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What a page gets from `begin`."""

    store: Store
    home: Home
    dark: bool
    """Whether the reader looks at a dark page."""
    may_change: bool
    """Whether the person is an operator. For a viewer the store refuses to write."""


def begin(title: str) -> Frame:
    """The first call of every page: settings, sign-in, sidebar. Ends the page where it can't go on."""
    st.set_page_config(
        page_title=f"{title} · {PRODUCT}", page_icon=favicon(), layout="wide", initial_sidebar_state="auto"
    )
    st.html(CSS)
    dark = st.context.theme.type == "dark"
    st.logo(logo(dark), size="large")
    _sign_in()
    uploads.admit()
    try:
        home = Home.from_environment()
        store = loaders.store_at(home.database_url)
    except MtrecError as error:
        _sidebar(None, dark)
        st.error(str(error), icon=":material/error:")
        st.stop()
    may_change = permission.may_change(home)
    _sidebar(home, dark)
    page_begun()
    return Frame(
        store=store if may_change else store.refusing(permission.REFUSAL),
        home=home,
        dark=dark,
        may_change=may_change,
    )


@contextmanager
def guarded() -> Iterator[None]:
    """Around whatever may fail: an error for users as its sentence, any other as a reference into the log."""
    try:
        yield
    except MtrecError as error:
        st.error(sentence(str(error)), icon=":material/error:")
    except Exception:
        reference = secrets.token_hex(3)
        LOG.exception("Page error %s", reference)
        st.error(
            _(
                "Something went wrong in the program. The server's log tells more under the reference "
                "{reference}. Your data and runs are not affected; reload the page to go on."
            ).format(reference=reference),
            icon=":material/error:",
        )


def empty_state(icon: str, title: str, text: str) -> None:
    """What a page shows while it has nothing to show: what it will be, and the next step."""
    st.space("large")
    with st.container(horizontal_alignment="center", gap="small"):
        st.markdown(f"## {icon}", text_alignment="center")
        st.subheader(title, text_alignment="center", anchor=False)
        st.markdown(text, text_alignment="center", width=READABLE)


def _sign_in() -> None:
    """Lets only known people in, where a sign-in is configured in `.streamlit/secrets.toml`."""
    try:
        if not permission.asks_for_sign_in() or st.user.is_logged_in:
            return
    except MtrecError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
    empty_state(
        ":material/lock:",
        _("Please sign in"),
        _("{product} shows its runs and models to people that your organisation knows.").format(
            product=PRODUCT
        ),
    )
    with st.container(horizontal_alignment="center"):
        if st.button(_("Sign in"), type="primary", icon=":material/login:", key="sign_in"):
            try:
                st.login()
            except StreamlitAuthError as error:
                LOG.exception("The sign-in is not set up well")
                st.error(
                    _("The sign-in is not set up well; whoever runs this server mends it: {error}").format(
                        error=error
                    ),
                    icon=":material/error:",
                    width=READABLE,
                )
    st.stop()


def _sidebar(home: Home | None, dark: bool) -> None:
    """The pages; below them the supervisor, where there is a store to ask."""
    with st.sidebar:
        for page in PAGES:
            st.page_link(page.path, label=page.title, icon=page.icon, width="stretch")
        if home is not None:
            st.space("small")
            with guarded():
                supervision.in_sidebar(home)
                _signed_in(home)
        run_beside_page(dark)


def _signed_in(home: Home) -> None:
    """Who looks, and the way out."""
    if not permission.asks_for_sign_in():
        return
    role = _("Operator") if permission.may_change(home) else _("Viewer")
    st.caption(f"{permission.address()} · {role}")
    st.button(_("Sign out"), on_click=st.logout, icon=":material/logout:", key="sign_out", type="tertiary")
