"""An empty home and its store, for pages."""

from collections.abc import Iterator

import pytest

from mtrec_core.home import Home
from mtrec_core.store.store import Store


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def store(home) -> Iterator[Store]:
    with Store.open(home.database_url) as opened:
        yield opened
