"""Runs fused into one: weights from validation, the answer from test, refusals with their reason."""

import dataclasses

import numpy as np
import pytest

from mtrec_core.comparing.fuse_runs import fuse_runs, shared_tasks
from mtrec_core.config import RunConfig, with_setting
from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.metrics import measure
from mtrec_core.evaluation.predictions_file import VALIDATION_FILE, load_predictions
from tests.fusable_runs import keep_dataset, keep_fusable

TEST = {"ad_click": {"auc": 0.8}, "age": {"rmse": 5.0}}


@pytest.fixture
def add(make_run, tmp_path):
    """Adds a run whose scores err by `noise`; gives its record."""
    dataset = keep_dataset(tmp_path / "clicks")

    def add_run(number, noise, *, task=None, data="aaaa", settings=None, **kept):
        folder = tmp_path / f"run{number}"
        keep_fusable(folder, number, noise, **kept)
        config = RunConfig(dataset=str(dataset))
        for name, value in (settings or {}).items():
            config = with_setting(config, name, value)
        test = {task: TEST[task]} if task else TEST
        return make_run(number, test, config=config, task=task, data=data, folder=folder)

    return add_run


def test_a_learned_fusion_of_runs_that_err_in_different_ways_beats_the_best_of_them(add):
    runs = [add(1, 1.0), add(2, 1.0), add(3, 3.0)]
    found = fuse_runs(runs, "ad_click", "learned")
    weights = found.blend.weights
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0
    assert weights["run3"] < min(weights["run1"], weights["run2"])
    assert found.best in ("run1", "run2")
    assert found.on_test.difference > 0
    assert found.on_test.low > 0
    assert found.verdict == "better"


def test_the_best_run_is_chosen_on_validation_and_all_numbers_are_those_of_the_predictions(add):
    runs = [add(1, 2.0), add(2, 0.5)]
    found = fuse_runs(runs, "ad_click", "equal")
    spec = fused_spec(runs[0])
    for run in runs:
        for values, file in ((found.validation, VALIDATION_FILE), (found.test, "predictions.parquet")):
            table = load_predictions(run.folder / file)
            expected = measure(spec, table[table["task"] == "ad_click"], "auc").value()
            assert values[run.id] == pytest.approx(expected)
    assert found.best == "run2" == max(found.validation, key=found.validation.__getitem__)
    assert found.on_test.b == found.test["run2"]
    assert found.on_test.difference == pytest.approx(found.on_test.a - found.on_test.b)


def fused_spec(run):
    from mtrec_core.data.spec_file import load_dataset_spec

    return load_dataset_spec(run.config["dataset"]).tasks["ad_click"]


def test_of_an_error_less_is_better_and_weights_follow_least_squares(add):
    runs = [add(1, 1.0), add(2, 0.3)]
    found = fuse_runs(runs, "age", "learned")
    assert found.metric == "rmse"
    assert found.best == "run2"
    # Errors of variance 1 and .09 that have nothing in common: weights in proportion to 1 and 1 / .09.
    assert found.blend.weights["run2"] == pytest.approx((1 / 0.09) / (1 + 1 / 0.09), abs=0.05)
    assert found.on_test.a < found.on_test.b


def test_test_rows_have_no_say_in_the_weights(add):
    runs = [add(1, 1.0), add(2, 1.0)]
    before = fuse_runs(runs, "ad_click", "learned").blend
    path = runs[0].folder / "predictions.parquet"
    table = load_predictions(path)
    table["score"] = np.float32(0.5)
    table.to_parquet(path)
    assert fuse_runs(runs, "ad_click", "learned").blend == before


def test_weights_by_volume_count_all_rows_that_a_run_saw(add):
    runs = [add(1, 1.0, trained_on=49), add(2, 1.0, trained_on=4999)]
    # log10(1 + 2 * 49) and log10(1 + 2 * 4999): about 2 and 4
    weights = fuse_runs(runs, "ad_click", "volume").blend.weights
    assert weights == pytest.approx({"run1": 1 / 3, "run2": 2 / 3}, abs=0.001)


def test_given_weights_are_shares_and_none_is_below_0(add):
    runs = [add(1, 1.0), add(2, 1.0)]
    assert fuse_runs(runs, "ad_click", {"run1": 3, "run2": 1}).blend.weights == {"run1": 0.75, "run2": 0.25}
    assert fuse_runs(runs, "ad_click", {"run1": 3, "run2": 1}).weighing == "given"
    with pytest.raises(UserError, match="weight of run run2 is -1"):
        fuse_runs(runs, "ad_click", {"run1": 3, "run2": -1})
    with pytest.raises(UserError, match="'run7' in the fusion; known here: run1, run2"):
        fuse_runs(runs, "ad_click", {"run7": 1})


def test_a_single_task_run_is_fused_with_a_joint_one(add):
    runs = [add(1, 1.0), add(2, 1.0, task="ad_click")]
    assert shared_tasks(runs) == ["ad_click"]
    assert set(fuse_runs(runs, "ad_click", "validation").blend.weights) == {"run1", "run2"}
    with pytest.raises(UserError, match=r"run2 has no test results of the task age \(its tasks: ad_click\)"):
        fuse_runs(runs, "age", "equal")


def test_runs_on_other_data_are_refused_with_the_reason(add):
    with pytest.raises(UserError, match=r"saw different data \(shop aaaa, shop bbbb\)"):
        fuse_runs([add(1, 1.0), add(2, 1.0, data="bbbb")], "ad_click", "equal")


@pytest.mark.parametrize("setting", ["data.split_seed", "data.train_rows"])
def test_runs_on_other_splits_are_refused_with_the_setting(add, setting):
    with pytest.raises(UserError, match=rf"divided in different ways \({setting} is 0 and 5\)"):
        fuse_runs([add(1, 1.0), add(2, 1.0, settings={setting: 5})], "ad_click", "equal")


def test_a_run_of_before_there_was_a_setting_of_the_data_counts_as_its_default(add):
    older = add(2, 1.0)
    older = dataclasses.replace(
        older, config={name: part for name, part in older.config.items() if name != "data"}
    )
    assert fuse_runs([add(1, 1.0), older], "ad_click", "equal").task == "ad_click"


def test_runs_whose_rows_differ_all_the_same_are_refused(add):
    with pytest.raises(UserError, match="their validation rows of the task ad_click differ"):
        fuse_runs([add(1, 1.0), add(2, 1.0, first_row=1)], "ad_click", "equal")


def test_one_run_named_twice_is_no_fusion(add):
    run = add(1, 1.0)
    with pytest.raises(UserError, match="two different runs"):
        fuse_runs([run, run], "ad_click", "equal")


def test_a_run_of_an_older_version_is_named(add):
    runs = [add(1, 1.0), add(2, 1.0)]
    (runs[1].folder / VALIDATION_FILE).unlink()
    with pytest.raises(DataError, match="run2 keeps no predictions on validation"):
        fuse_runs(runs, "ad_click", "equal")


@pytest.mark.parametrize(
    ("task", "method", "metric", "says"),
    [
        ("ad_click", "rank", "log_loss", "gives an order, and Log loss needs a probability"),
        ("ad_click", "mean", "rmse", "has no metric 'rmse'; it has accuracy, log_loss, auc"),
        ("age", "borda", "", "RMSE needs a probability or a number"),
        ("ad_click", "utility", "", "joins the tasks of one run"),
        ("ad_click", "vote", "", "Unknown method 'vote'"),
    ],
)
def test_a_method_that_does_not_fit_is_refused(add, task, method, metric, says):
    with pytest.raises(UserError, match=says):
        fuse_runs([add(1, 1.0), add(2, 1.0)], task, "equal", method, metric)


@pytest.mark.parametrize("method", ["rank", "borda"])
def test_orders_are_fused_too(add, method):
    found = fuse_runs([add(1, 1.0), add(2, 1.0)], "ad_click", "equal", method)
    assert found.blend.method == method
    assert found.on_test.difference > 0


def test_a_run_that_is_not_done_is_named_with_its_state(add, make_run):
    unfinished = dataclasses.replace(add(2, 1.0), result=None)
    with pytest.raises(UserError, match="run2 has no test results of the task ad_click"):
        fuse_runs([add(1, 1.0), unfinished], "ad_click", "equal")
