"""Choices of the Try page that its link holds, by key and not by the words that are shown. No torch here."""

from collections.abc import Collection

import streamlit as st


def begin(key: str, options: Collection[str] | None, default: str) -> None:
    """Before a widget with this key: its first value is the link's where that is an option (None: any is)."""
    if key in st.session_state:
        return
    named = st.query_params.get(key, "")
    is_known = bool(named) and (options is None or named in options)
    st.session_state[key] = named if is_known else default


def keep(key: str, value: str | None, default: str) -> None:
    """After it: the link holds what is not the default."""
    if value and value != default:
        st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]
