"""Weights between those of two runs."""

import pytest

from mtrec_core.comparing.between import config_between, weights_between
from mtrec_core.config import RunConfig, with_setting
from mtrec_core.errors import UserError


def test_halfway_is_the_mean_of_both_at_the_same_sum():
    assert weights_between({"a": 3, "b": 1}, {"a": 2, "b": 6}, 0.5) == {
        "a": (3 + 2 * 4 / 8) / 2,
        "b": (1 + 6 * 4 / 8) / 2,
    }


def test_the_ends_are_the_runs_themselves():
    a, b = {"a": 3.0, "b": 1.0}, {"a": 1.0, "b": 3.0}
    assert weights_between(a, b, 0) == a
    assert weights_between(a, b, 1) == b


def test_a_task_that_one_leaves_out_counts_as_0_there():
    assert weights_between({"a": 2.0}, {"b": 2.0}, 0.25) == {"a": 1.5, "b": 0.5}


def test_weights_of_0_have_nothing_between_them():
    with pytest.raises(UserError, match="all 0"):
        weights_between({"a": 0.0}, {"a": 1.0}, 0.5)


def test_the_new_run_keeps_the_settings_of_the_first(make_run):
    config = with_setting(RunConfig(dataset="shop", weights={"click": 3.0, "stars": 1.0}), "model.width", 32)
    other = RunConfig(dataset="shop", weights={"click": 1.0, "stars": 3.0})
    metrics = {"click": {"auc": 0.7}, "stars": {"rmse": 1.0}}
    found = config_between(make_run(1, metrics, config=config), make_run(2, metrics, config=other), 0.5)
    assert found.weights == {"click": 2.0, "stars": 2.0}
    assert found.model.width == 32
    assert found.name == "between #1 and #2 (50 %)"


def test_runs_on_different_data_have_nothing_between_them(make_run):
    with pytest.raises(UserError, match="different data"):
        config_between(make_run(1), make_run(2, data="bbbb"), 0.5)
