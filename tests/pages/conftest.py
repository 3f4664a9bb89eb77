"""An empty home and its store, for pages."""

from collections.abc import Iterator

import pytest
import streamlit as st

from mtrec_core.home import Home
from mtrec_core.store.store import Store
from mtrec_core.ui import loaders


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def store(home) -> Iterator[Store]:
    with Store.open(home.database_url) as opened:
        yield opened


@pytest.fixture
def old_list(monkeypatch) -> None:
    """The list of runs stays as it was first read until it is cleared."""
    listed = st.cache_resource(ttl=600, show_spinner=False)(loaders.runs.__wrapped__)
    monkeypatch.setattr(loaders, "runs", listed)
