"""Runs side by side."""

from math import sqrt

import pytest

from mtrec_core.evaluation.compare import (
    SideBySide,
    Spread,
    gain,
    mean_and_spread,
    over_seeds,
    side_by_side,
)


def test_the_spread_is_the_sample_standard_deviation():
    found = mean_and_spread([1.0, 2.0, 6.0])
    assert found.mean == (1 + 2 + 6) / 3
    assert found.deviation == pytest.approx(sqrt((4 + 1 + 9) / (3 - 1)))
    assert found.text(2) == "3.00 ± 2.65 (n=3)"


def test_one_run_has_no_spread():
    assert mean_and_spread([0.5]) == Spread(mean=0.5, deviation=None, count=1)
    assert mean_and_spread([0.5]).text() == "0.5000"


def test_no_runs_have_no_mean():
    with pytest.raises(ValueError, match="no values"):
        mean_and_spread([])


def test_seeds_are_gathered_by_task_and_metric():
    found = over_seeds([{"click": {"auc": 0.6}}, {"click": {"auc": 0.8, "gauc": 0.5}}])
    assert found["click"]["auc"].mean == pytest.approx((0.6 + 0.8) / 2)
    assert found["click"]["auc"].count == 2
    assert found["click"]["gauc"].count == 1


def test_a_gain_is_positive_where_the_value_is_better():
    assert gain("auc", 0.9, 0.6) == pytest.approx((0.9 - 0.6) / 0.6)
    assert gain("rmse", 0.9, 0.6) == pytest.approx(-(0.9 - 0.6) / 0.6)
    assert gain("r2", 0.1, -0.2) == pytest.approx((0.1 + 0.2) / 0.2)


def test_nothing_is_a_gain_over_0():
    assert gain("ndcg@10", 0.1, 0.0) is None


RUNS = {
    "first": {"click": {"log_loss": 0.4, "auc": 0.7}, "rating": {"rmse": 1.0}},
    "second": {"click": {"log_loss": 0.3, "auc": 0.7}},
}


def test_runs_side_by_side_name_the_best_of_each_row():
    assert side_by_side(RUNS) == [
        SideBySide(task="click", metric="log_loss", values={"first": 0.4, "second": 0.3}, best="second"),
        SideBySide(task="click", metric="auc", values={"first": 0.7, "second": 0.7}, best=None),
        SideBySide(task="rating", metric="rmse", values={"first": 1.0, "second": None}, best=None),
    ]


def test_only_the_metrics_asked_for_are_shown():
    assert [row.metric for row in side_by_side(RUNS, metrics=["auc"])] == ["auc"]
