"""A study of a tiny shop, trained for real: records, spreads, intervals, cold items."""

import dataclasses

import pytest

from benchmarks.records import StudyRecord
from benchmarks.studies import run_study, study_config, summary
from benchmarks.study_table import Study
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import UserError

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)


def trained(study: Study, *settings: str, seeds: int = 1, single_task: bool = False) -> list[StudyRecord]:
    """The record as it stood after each training."""
    spec = load_dataset_spec(study.folder)
    config = study_config(study, spec, "", settings, "")
    kept: list[StudyRecord] = []
    final = run_study(study, spec, config, seeds, single_task, "the command", "tiny", kept.append)
    assert final == kept[-1]
    return kept


def test_each_seed_is_recorded_with_baselines_intervals_and_extra_measures(tiny_study):
    first, second = trained(tiny_study, seeds=2)
    assert [run.seed for run in first.runs] == [0]
    assert [run.seed for run in second.runs] == [0, 1]
    buy = second.runs[1].tasks["buy"]
    assert {"ndcg@10", "ndcg@10_seen_kept", "mrr@10"} <= set(buy.test)
    assert "mrr@10" in buy.baselines["popularity"]
    interval = buy.differences["popularity"]
    assert interval.low <= interval.value <= interval.high
    assert interval.value == pytest.approx(buy.test["ndcg@10"] - buy.baselines["popularity"]["ndcg@10"])
    assert set(second.runs[1].tasks["liked"].differences) == set(second.runs[1].tasks["liked"].baselines)
    assert second.settings["training.batch_size"] == 64
    assert "mrr@10" in summary(second)


def test_draws_change_the_rows_with_the_seed(tiny_study):
    drawn = dataclasses.replace(tiny_study, draws=True)
    # The constant's log loss depends on the rows alone, not on the model's start values.
    fixed, moving = (
        [run.tasks["liked"].baselines["constant"]["log_loss"] for run in trained(study, seeds=2)[-1].runs]
        for study in (tiny_study, drawn)
    )
    assert fixed[0] == fixed[1]
    assert moving[0] != moving[1]


def test_hidden_items_are_judged_apart_beside_popularity_and_chance(tiny_study):
    record = trained(tiny_study, "data.hide_items=0.3")[-1]
    cold = record.joint[0].tasks["buy, cold items"]
    assert "6 of 20 items" in cold.split  # 0.3 * 20
    assert set(cold.baselines) >= {"popularity", "chance"}
    assert "popularity" in cold.differences
    assert record.titles["buy, cold items"] == "Next item, cold items"


def test_single_task_models_are_recorded_apart_from_the_joint_one(tiny_study):
    record = trained(tiny_study, single_task=True)[-1]
    assert [run.alone for run in record.runs] == ["buy", "liked", ""]
    assert len(record.joint) == 1
    alone = record.alone("liked", "auc")
    assert alone is not None
    assert alone.mean == record.runs[1].tasks["liked"].test["auc"]


def test_no_seed_at_all_is_refused(tiny_study):
    with pytest.raises(UserError, match="--seeds"):
        trained(tiny_study, seeds=-1)
