"""Runs that differ in their seed alone."""

import dataclasses

import pytest

from mtrec_core.comparing.seeds import seed_groups, spreads
from mtrec_core.config import RunConfig, with_setting, with_settings

BASE = RunConfig(dataset="shop", name="joint")


def seeded(seed: int, config: RunConfig = BASE) -> RunConfig:
    return dataclasses.replace(config, seed=seed)


def test_runs_that_differ_in_their_seed_alone_are_one_group_by_seed(make_run):
    other = with_setting(BASE, "training.epochs", 7)
    runs = [
        make_run(3, config=seeded(1)),
        make_run(2, config=seeded(0, other)),
        make_run(1, config=seeded(0)),
    ]
    found = seed_groups(runs)
    assert [[run.number for run in group.members] for group in found] == [[1, 3], [2]]
    assert found[0].label == "#1 joint (2 seeds)"
    assert found[1].label == "#2 joint"


def test_other_data_or_another_task_is_another_group(make_run):
    runs = [make_run(1), make_run(2, data="bbbb"), make_run(3, task="click")]
    assert len(seed_groups(runs)) == 3


def test_mean_and_spread_come_from_the_members(make_run):
    values = (0.6, 0.8, 0.7)
    runs = [
        make_run(seed + 1, {"click": {"auc": value}}, config=seeded(seed))
        for seed, value in enumerate(values)
    ]
    found = spreads(seed_groups(runs))["click", "auc"][0]
    assert found.mean == pytest.approx(0.7)
    assert found.deviation == pytest.approx(0.1)
    assert found.count == 3


def test_a_group_without_the_metric_has_no_spread(make_run):
    runs = [make_run(1, {"click": {"auc": 0.6}}), make_run(2, {"stars": {"rmse": 2.0}}, data="bbbb")]
    found = spreads(seed_groups(runs))
    assert found["click", "auc"][1] is None
    assert found["stars", "rmse"][1].mean == 2.0


def test_runs_that_differ_in_what_decides_nothing_are_one_group(make_run):
    config = RunConfig(dataset="shop", tasks=("a", "b"))
    other = dataclasses.replace(config, dataset="elsewhere", tasks=("b", "a"), weights={"a": 1.0}, seed=1)
    other = with_settings(other, {"evaluation.baselines": False})
    (group,) = seed_groups([make_run(1, config=config), make_run(2, config=other)])
    assert len(group.members) == 2
    heavier = dataclasses.replace(config, weights={"a": 2.0})
    picked = with_settings(config, {"training.monitor": "a/auc"})
    runs = [make_run(number, config=one) for number, one in enumerate((config, heavier, picked), 1)]
    assert len(seed_groups(runs)) == 3
