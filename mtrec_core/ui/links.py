"""Choices that the address holds by key, not by the words that are shown. No torch here.

Streamlit's own binding writes the words, which another language or a better title would change. An old link
with words in it falls back to the default.
"""

from collections.abc import Collection, Sequence

import streamlit as st


def begin(key: str, options: Collection[str] | None, default: str) -> None:
    """Before a widget with this key: its first value is the link's where that is an option (None: any is)."""
    stands = key in st.session_state and (options is None or st.session_state[key] in options)
    if stands and not _went(key):
        return
    named = st.query_params.get(key, "")
    is_known = bool(named) and (options is None or named in options)
    st.session_state[key] = named if is_known else default


def keep(key: str, value: str | None, default: str) -> None:
    """After it: the link holds what is not the default."""
    _write(key, [value] if value and value != default else [])


def begin_several(key: str, options: Collection[str], default: Sequence[str]) -> None:
    """As `begin`, for a widget of which several options may be chosen."""
    if key in st.session_state and not _went(key):
        chosen = list(st.session_state[key])
        known = [one for one in chosen if one in options]
        if known != chosen:
            st.session_state[key] = known
        return
    named = st.query_params.get_all(key)
    known = [one for one in dict.fromkeys(named) if one in options]
    st.session_state[key] = known if known or named == [""] else list(default)


def keep_several(key: str, values: Sequence[str], default: Sequence[str]) -> None:
    """As `keep`; an empty parameter tells that nothing is chosen where the default is something."""
    _write(key, [] if set(values) == set(default) else list(values) or [""])


def _write(key: str, values: list[str]) -> None:
    """Each write is an entry in the browser's history, so only what differs is written."""
    st.session_state[_told(key)] = values
    if values == st.query_params.get_all(key):
        return
    if values:
        st.query_params[key] = values
    else:
        del st.query_params[key]


def _went(key: str) -> bool:
    """Whether the address is not the one that was written last: the reader went back or forward."""
    return st.query_params.get_all(key) != st.session_state.get(_told(key), st.query_params.get_all(key))


def _told(key: str) -> str:
    return f"link:{key}"
