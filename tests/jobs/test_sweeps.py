"""Sweeps: which weights they take."""

import pytest

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.errors import SettingError
from mtrec_core.jobs.sweeps import simplex_weights, sweep_plan
from mtrec_core.objective.aggregations import AGGREGATIONS


def test_three_points_of_two_tasks_are_quarters_with_a_mean_of_1():
    # Shares 1/4, 2/4, 3/4 of a sum of 2.
    assert simplex_weights(("a", "b"), 3) == [
        {"a": 0.5, "b": 1.5}, {"a": 1.0, "b": 1.0}, {"a": 1.5, "b": 0.5},
    ]  # fmt: skip


def test_the_grid_of_three_tasks_is_a_triangle_of_points():
    # Four parts among three tasks, each 1 or more: 1+1+2 in any order; a sum of 3.
    assert simplex_weights(("a", "b", "c"), 2) == [
        {"a": 0.75, "b": 0.75, "c": 1.5}, {"a": 0.75, "b": 1.5, "c": 0.75}, {"a": 1.5, "b": 0.75, "c": 0.75},
    ]  # fmt: skip
    found = simplex_weights(("a", "b", "c"), 5)
    assert len(found) == 5 + 4 + 3 + 2 + 1
    assert all(sum(weights.values()) == pytest.approx(3) for weights in found)
    assert all(min(weights.values()) > 0 for weights in found)


def test_each_point_is_trained_with_each_seed_and_a_seed_is_whole_before_the_next():
    config = RunConfig(dataset="shop", name="shop", seed=4, tasks=("a", "b"))
    plans = sweep_plan(config, ("a", "b"), 2, 2)
    assert [(plan.config.seed, plan.config.weights) for plan in plans] == [
        (seed, weights) for seed in (4, 5) for weights in simplex_weights(("a", "b"), 2)
    ]
    assert {plan.config.tasks for plan in plans} == {("a", "b")}
    assert plans[0].config.name == "shop: a 0.67, b 1.33"


def test_a_sweep_of_one_task_of_too_many_runs_or_under_equal_weights_is_refused():
    config = RunConfig(dataset="shop", name="shop")
    with pytest.raises(SettingError, match="2 tasks or more"):
        sweep_plan(config, ("a",), 3, 1)
    with pytest.raises(SettingError, match="fewer points"):
        sweep_plan(config, tuple("abcdef"), 9, 1)
    with pytest.raises(SettingError, match=r"objective\.weighting=equal"):
        sweep_plan(with_settings(config, {"objective.weighting": "equal"}), ("a", "b"), 3, 1)
    with pytest.raises(SettingError, match="one model learns all trade-offs"):
        sweep_plan(with_settings(config, {"objective.weighting": "cosmos"}), ("a", "b"), 3, 1)
    without = next(key for key, row in AGGREGATIONS.items() if not row.takes_weights)
    with pytest.raises(SettingError, match=rf"objective\.aggregation={without}"):
        sweep_plan(with_settings(config, {"objective.aggregation": without}), ("a", "b"), 3, 1)
