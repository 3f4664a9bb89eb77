"""What a report says of studies."""

import pytest

from mtrec_core.home import Home
from mtrec_core.reports.compose import report
from mtrec_core.store.store import Store
from tests.study_runs import keep_run


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


def test_subsets_and_seeds_have_their_sections(home):
    with Store.open(home.database_url) as store:
        joints = []
        for seed in (0, 1):
            keep_run(store, home, {"click": 0.5}, seed=seed)
            keep_run(store, home, {"stars": 1.0}, seed=seed)
            joints.append(keep_run(store, home, {"click": 0.6, "stars": 0.9}, seed=seed))
            weights = {"click": 1.5, "stars": 0.5}
            joints.append(keep_run(store, home, {"click": 0.65, "stars": 1.0}, seed=seed, weights=weights))
        text = report(joints, store)
    for title in ("Together or alone", "Who helps whom", "Which to train together", "What each task adds"):
        assert f"<h2>{title}</h2>" in text
    assert "Suggested: Click + Stars" in text
    assert "Mean gain Δm of" in text
    assert "by the mean over seeds no other is at least as good" in text


def test_without_subsets_nothing_is_said_of_them(home):
    with Store.open(home.database_url) as store:
        text = report([keep_run(store, home, {"click": 0.6, "stars": 0.9})], store)
    assert "Who helps whom" not in text
