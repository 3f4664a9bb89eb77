"""What runs of subsets of tasks say about their tasks."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from mtrec_core.comparing.affinity import affinity, measured, orders_for
from mtrec_core.comparing.subset_runs import subset_gain, subset_runs
from mtrec_core.config import RunConfig, with_settings
from mtrec_core.evaluation.draws import Drawn

TASKS = ("click", "stars", "buy")
METRICS = {"click": "auc", "stars": "rmse", "buy": "ndcg@10"}
AUC = {"click": 0.50, "click+stars": 0.60, "buy+click": 0.45, "buy+click+stars": 0.55}
"""What click reaches with whom."""
RMSE = {"stars": 2.0, "click+stars": 1.8, "buy+stars": 2.2, "buy+click+stars": 1.6}
NDCG = {"buy": 0.20, "buy+click": 0.22, "buy+stars": 0.20, "buy+click+stars": 0.24}
SHIFT = 0.01
"""What seed 1 has more in every metric."""


@pytest.fixture
def made(make_run):
    """made(seeds, settings, subsets): the runs of all subsets, or those named."""

    def make(seeds=(0,), settings=None, only=None, first=1):
        runs = []
        for seed in seeds:
            for size in (1, 2, 3):
                for subset in combinations(TASKS, size):
                    name = "+".join(sorted(subset))
                    if only is not None and name not in only:
                        continue
                    config = RunConfig(dataset="shop", name=name, tasks=subset, seed=seed)
                    test = {
                        task: {METRICS[task]: table[name] + SHIFT * seed}
                        for task, table in (("click", AUC), ("stars", RMSE), ("buy", NDCG))
                        if task in subset
                    }
                    config = with_settings(config, settings or {})
                    runs.append(
                        make_run(
                            first + len(runs), test, config=config, task=subset[0] if size == 1 else None
                        )
                    )
        return runs

    return make


def test_a_pairs_gain_is_that_over_the_tasks_own_model_in_the_metrics_direction(made):
    runs = made()
    found = affinity(subset_runs(runs[-1], TASKS, runs), "test", {})
    assert found.pairs["stars", "click"].value == pytest.approx((0.60 - 0.50) / 0.50)
    assert found.pairs["buy", "click"].value == pytest.approx((0.45 - 0.50) / 0.50)
    assert found.pairs["click", "stars"].value == pytest.approx((2.0 - 1.8) / 2.0)
    assert found.pairs["buy", "stars"].value == pytest.approx((2.0 - 2.2) / 2.0)
    assert found.pairs["stars", "buy"].value == 0.0


def test_the_mean_over_seeds_is_compared_and_each_seed_is_kept(made):
    runs = made(seeds=(0, 1))
    found = subset_runs(runs[0], TASKS, runs)
    gain = subset_gain(found, frozenset({"click", "stars"}), "click", "test", {})
    assert found.seeds == (0, 1)
    assert gain.value == pytest.approx((0.605 - 0.505) / 0.505)
    assert gain.by_seed == pytest.approx((0.1 / 0.50, 0.1 / 0.51))
    assert gain.deviation == pytest.approx(abs(0.1 / 0.50 - 0.1 / 0.51) / np.sqrt(2))


def test_a_seed_that_was_interrupted_waits_until_it_is_whole(made):
    runs = made(seeds=(0, 1))[:-1]
    found = subset_runs(runs[0], TASKS, runs)
    assert (found.seeds, len(found.runs)) == ((0,), 7)


def test_runs_with_other_settings_data_weights_or_tasks_are_left_out(made, make_run):
    runs = made()
    wide = made(settings={"model.width": 8}, first=20)
    weighted = RunConfig(dataset="shop", tasks=("click", "stars"), weights={"click": 2.0})
    others = [
        make_run(40, {"click": {"auc": 0.9}, "stars": {"rmse": 1.0}}, config=weighted),
        dataclasses.replace(made(first=50)[0], dataset_fingerprint="bbbb"),
        make_run(60, {"click": {"auc": 0.9}, "other": {"auc": 0.9}}),
    ]
    found = subset_runs(runs[0], TASKS, [*runs, *wide, *others])
    assert {run.number for members in found.runs.values() for run in members} == {1, 2, 3, 4, 5, 6, 7}


def test_shapley_values_share_out_the_gain_of_the_joint_model_by_hand(made):
    runs = made()
    found = affinity(subset_runs(runs[0], TASKS, runs), "test", {})
    click = next(one for one in found.shares if one.task == "click")
    # AUC gained over .5: with stars .1, with buy -.05, with both .05. So stars adds .1 when it comes first
    # and .05 + .05 when it comes second; buy adds -.05, and .05 - .1.
    values = {one.player: one.value for one in click.shares}
    assert values["stars"] == pytest.approx((0.1 + 0.1) / 2 / 0.5)
    assert values["buy"] == pytest.approx((-0.05 - 0.05) / 2 / 0.5)
    assert sum(values.values()) == pytest.approx(click.whole) == pytest.approx(0.05 / 0.5)
    assert click.orders == 0
    assert {one.standard_error for one in click.shares} == {None}


def test_without_all_subsets_the_first_orders_are_taken_and_carry_their_error(made):
    runs = made()
    order = orders_for(TASKS, "click")[0]
    last = "+".join(sorted((order[1], "click")))
    some = [run for run in runs if run.name != last]
    found = affinity(subset_runs(some[0], TASKS, some), "test", {})
    click = next(one for one in found.shares if one.task == "click")
    assert click.orders >= 1
    assert click.orders == next(at for at, one in enumerate(orders_for(TASKS, "click")) if one != order)
    first = AUC["+".join(sorted((order[0], "click")))]
    values = {one.player: one.value for one in click.shares}
    assert values[order[0]] == pytest.approx((first - 0.50) / 0.50)
    assert values[order[1]] == pytest.approx((0.55 - first) / 0.50)


def test_the_grouping_is_chosen_on_validation_and_measured_on_test(made):
    runs = made()
    for run in runs:  # on validation click and stars ruin each other
        if run.name == "click+stars":
            run.result["tasks"]["click"]["validation"] = {"auc": 0.1}
    found = affinity(subset_runs(runs[0], TASKS, runs), "test", {})
    assert found.suggested.groups == (("click", "buy"), ("stars",))
    on_test = measured(found.runs, (("click", "stars"), ("buy",)), "test")
    assert on_test.mean_gain == pytest.approx((0.1 / 0.5 + 0.2 / 2.0 + 0.0) / 3)


def test_the_best_division_is_also_known_by_what_its_groups_gained(made):
    runs = made()
    found = affinity(subset_runs(runs[0], TASKS, runs), "test", {})
    # Together: click .1, stars .2, buy .2; click with stars and buy alone: .2, .1, 0.
    assert found.best_measured.groups == (TASKS,)
    assert found.best_measured.mean_gain == pytest.approx((0.05 / 0.5 + 0.4 / 2.0 + 0.04 / 0.2) / 3)
    # Pairwise, click would have gained (.2 - .1) / 2, stars (.1 - .1) / 2 and buy (.1 + 0) / 2 in that group.
    assert found.suggested.groups == (("click", "stars"), ("buy",))
    pairs_only = [run for run in runs if len(run.result["tasks"]) < 3]
    assert affinity(subset_runs(runs[0], TASKS, pairs_only), "test", {}).best_measured is None


def test_draws_of_users_give_pairs_and_shares_an_interval(made):
    runs = made()
    draws = {
        run.id: {
            (task, METRICS[task]): Drawn(
                task=task, metric=METRICS[task], value=result["test"][METRICS[task]], users=9, rows="same",
                draws_S=result["test"][METRICS[task]] * np.array([0.9, 1.0, 1.1]),
            )
            for task, result in run.result["tasks"].items()
        }
        for run in runs
    }  # fmt: skip
    found = affinity(subset_runs(runs[0], TASKS, runs), "test", draws)
    # Every draw scales all metrics alike, so relative gains are the same in each.
    gain = found.pairs["stars", "click"]
    assert gain.gained.interval() == pytest.approx((gain.value, gain.value))
    share = found.shares[0].shares[0]
    assert share.gained.interval() == pytest.approx((share.value, share.value))
    assert (
        affinity(subset_runs(runs[0], TASKS, runs), "validation", draws).pairs["stars", "click"].gained
        is None
    )


def test_before_any_pair_was_trained_nothing_is_said(made):
    runs = made(only={"click", "stars", "buy"})
    found = affinity(subset_runs(runs[0], TASKS, runs), "test", {})
    assert (found.pairs, found.suggested, found.shares) == ({}, None, ())
