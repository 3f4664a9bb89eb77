"""The Compare page's view of runs fused into one."""

import time

import pytest

from mtrec_core.home import Home
from mtrec_core.store.store import Store
from tests.fusable_runs import keep_dataset, keep_fusable
from tests.pages.test_compare import linked, page, texts
from tests.synthetic_runs import fill

LINK = {"fuse_task": "ad_click"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Three runs; the first two predict equally well, the third badly."""
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    home = Home.from_environment()
    ids = fill(home, runs=3, points=5)
    keep_dataset(home.root / "made_up")
    with Store.open(home.database_url) as store:
        for noise, run in zip((1.0, 1.0, 4.0), ids, strict=True):
            record = store.get_run(run)
            keep_fusable(record.folder, record.number, noise)
    return home


def fused(runs, more=LINK):
    """The page once the fusion is there."""
    test = page("fusion", runs, more)
    give_up = time.monotonic() + 120
    while "being fused" in texts(test):
        assert time.monotonic() < give_up, texts(test)
        time.sleep(0.2)
        test.run()
    assert not test.exception
    return test


def test_the_fusion_stands_beside_its_runs_with_its_interval(home):
    test = fused("1,2,3")
    table = test.dataframe[1].value
    assert table["run"].str.split().str[0].tolist() == ["#1", "#2", "#3", "Fused"]
    assert table["weight"][:3].sum() == pytest.approx(1)
    assert table["weight"][2] < table["weight"][:2].min()
    assert table["low"][3] < table["difference"][3] < table["high"][3]
    assert "Ad click: fused, the runs are better than" in texts(test)


def test_other_weights_and_methods_are_in_the_link_and_worked_out_anew(home):
    test = fused("1,2,3", {**LINK, "fuse_weights": "equal", "fuse_method": "borda"})
    assert test.selectbox(key="fuse_weights").value == "equal"
    assert test.selectbox(key="fuse_method").value == "borda"
    assert test.dataframe[1].value["weight"][:3].tolist() == pytest.approx([1 / 3] * 3)
    test.selectbox(key="fuse_method").set_value("rank").run()
    assert linked(test, "fuse_method") == ["rank"]


def test_with_a_failed_run_and_runs_without_predictions_the_view_opens(home):
    fill(home, runs=5, points=5)
    assert "is gone, and its predictions with it" in texts(fused("1,4,5,6,7,8"))


def test_one_run_alone_is_told_what_to_choose(home):
    assert "Choose two runs or more" in texts(page("fusion", "1"))


def test_a_run_that_kept_no_validation_predictions_is_named(home):
    with Store.open(home.database_url) as store:
        folder = store.list_runs()[0].folder
    (folder / "validation.parquet").unlink()
    test = fused("1,2,3")
    assert "keeps no predictions on validation" in texts(test)
    assert test.button(key="fuse_again")
