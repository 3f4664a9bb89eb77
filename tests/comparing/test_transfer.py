"""Joint models against models of one task, over seeds."""

import dataclasses

import numpy as np
import pytest

from mtrec_core.comparing.seeds import seed_groups, with_all_seeds
from mtrec_core.comparing.transfer import matching_single, single_runs, trainable_part, transfers
from mtrec_core.config import RunConfig, with_settings
from mtrec_core.evaluation.draws import Drawn

BASE = RunConfig(dataset="shop", name="joint", weights={"click": 3.0})
ALONE = RunConfig(dataset="shop", name="click alone", tasks=("click",))


def seeded(config: RunConfig, seed: int) -> RunConfig:
    return dataclasses.replace(config, seed=seed)


def drawn(task: str, metric: str, value: float, shift: float) -> dict[tuple[str, str], Drawn]:
    """Three draws around a value."""
    draws_S = np.array([value - shift, value, value + shift])
    return {
        (task, metric): Drawn(task=task, metric=metric, value=value, draws_S=draws_S, users=9, rows="same")
    }


@pytest.fixture
def two_seeds(make_run):
    """Joint runs 1 and 2, with seeds 0 and 1, and both tasks alone with each: click gains .2 then .1 over .5,
    stars lose .5 then gain .1 over an error of 1."""
    joint = [
        make_run(1, {"click": {"auc": 0.7}, "stars": {"rmse": 1.5}}, config=BASE),
        make_run(2, {"click": {"auc": 0.6}, "stars": {"rmse": 0.9}}, config=seeded(BASE, 1)),
    ]
    stars = dataclasses.replace(ALONE, tasks=("stars",))
    singles = [
        make_run(3 + seed, {"click": {"auc": 0.5}}, config=seeded(ALONE, seed), task="click")
        for seed in (0, 1)
    ] + [
        make_run(5 + seed, {"stars": {"rmse": 1.0}}, config=seeded(stars, seed), task="stars")
        for seed in (0, 1)
    ]
    return joint, singles


def test_a_task_stands_beside_its_own_model_and_the_untrained_one(make_run):
    joint = make_run(1, {"click": {"auc": 0.6}, "stars": {"rmse": 2.0}}, config=BASE)
    single = make_run(2, {"click": {"auc": 0.8}}, config=ALONE, task="click")
    (found,) = transfers(seed_groups([joint]), [single], {})
    (row,) = found.tasks
    assert (row.task, row.metric, row.before, row.alone.mean, row.together.mean) == (
        "click", "auc", 0.5, 0.8, 0.6,
    )  # fmt: skip
    assert row.difference.value == pytest.approx(-0.2)
    assert row.difference.gain == pytest.approx(-0.2 / 0.8)
    assert row.difference.better is None
    assert "no predictions" in row.difference.why_not
    assert row.like
    assert found.missing == ("stars",)


def test_seeds_are_paired_and_their_means_compared(two_seeds):
    joint, singles = two_seeds
    (found,) = transfers(seed_groups(joint), singles, {})
    click, stars = found.tasks
    assert [(one.number, other.number) for one, other in click.pairs] == [(1, 3), (2, 4)]
    assert click.gains == pytest.approx((0.2 / 0.5, 0.1 / 0.5))
    assert click.difference.value == pytest.approx((0.7 + 0.6) / 2 - 0.5)
    assert (click.seeds_better, stars.seeds_better) == (2, 1)
    assert stars.difference.gain == pytest.approx(-((1.5 + 0.9) / 2 - 1.0) / 1.0)


def test_delta_m_is_the_mean_gain_of_the_tasks_and_known_for_each_seed(two_seeds):
    joint, singles = two_seeds
    (found,) = transfers(seed_groups(joint), singles, {})
    assert found.delta_m.value == pytest.approx((0.15 / 0.5 - 0.2 / 1.0) / 2)
    assert found.delta_m.by_seed == pytest.approx(((0.4 - 0.5) / 2, (0.2 + 0.1) / 2))
    assert (found.delta_m.low, found.delta_m.better, found.delta_m.tasks) == (None, None, 2)


def test_several_seeds_have_one_interval_and_delta_m_has_one_too(two_seeds):
    joint, singles = two_seeds
    draws = {
        "run1": drawn("click", "auc", 0.7, 0.02) | drawn("stars", "rmse", 1.5, 0.0),
        "run2": drawn("click", "auc", 0.6, 0.04) | drawn("stars", "rmse", 0.9, 0.0),
        "run3": drawn("click", "auc", 0.5, 0.0), "run4": drawn("click", "auc", 0.5, 0.0),
        "run5": drawn("stars", "rmse", 1.0, 0.0), "run6": drawn("stars", "rmse", 1.0, 0.0),
    }  # fmt: skip
    (found,) = transfers(seed_groups(joint), singles, draws)
    click, stars = found.tasks
    # Mean over seeds in each draw: .65 - .03, .65, .65 + .03; the 95 % interval of three draws ends at their
    # 2.5 and 97.5 percentiles: .05 of the way from an outer draw to the middle one.
    assert (click.difference.low, click.difference.high) == pytest.approx((0.15 - 0.0285, 0.15 + 0.0285))
    assert (click.difference.better, stars.difference.better) == (True, False)
    assert click.gained.interval() == pytest.approx(((0.15 - 0.0285) / 0.5, (0.15 + 0.0285) / 0.5))
    middle, half = (0.3 - 0.2) / 2, 0.0285 / 0.5 / 2
    assert (found.delta_m.low, found.delta_m.high) == pytest.approx((middle - half, middle + half))
    assert found.delta_m.better is True


def test_only_seeds_that_both_sides_have_are_compared(two_seeds):
    joint, singles = two_seeds
    (found,) = transfers(seed_groups(joint), [run for run in singles if run.seed == 1], {})
    assert [[one.number for one, _ in row.pairs] for row in found.tasks] == [[2], [2]]
    assert all(row.like for row in found.tasks)


def test_the_single_run_that_is_most_alike_is_taken(make_run):
    joint = make_run(9, {"click": {"auc": 0.6}, "stars": {"rmse": 1.0}}, config=seeded(BASE, 1))
    other = seeded(with_settings(ALONE, {"training.epochs": 9}), 1)
    singles = [
        make_run(1, {"click": {"auc": 0.7}}, config=seeded(ALONE, 1), task="click"),
        make_run(2, {"click": {"auc": 0.7}}, config=ALONE, task="click"),
        make_run(3, {"click": {"auc": 0.7}}, config=other, task="click"),
    ]
    assert matching_single(joint, "click", singles).number == 1
    assert matching_single(joint, "click", singles[1:]).number == 2
    assert [run.number for run in single_runs([joint], singles)] == [1]
    (found,) = transfers(seed_groups([joint]), singles[2:], {})
    assert not found.tasks[0].like


def test_a_run_without_baselines_is_alike(make_run):
    quick = with_settings(ALONE, {"evaluation.baselines": False})
    joint = make_run(1, {"click": {"auc": 0.6}, "stars": {"rmse": 1.0}}, config=BASE)
    single = make_run(2, {"click": {"auc": 0.7}}, config=quick, task="click")
    (found,) = transfers(seed_groups([joint]), [single], {})
    assert found.tasks[0].like


def test_a_single_run_on_other_data_or_without_a_result_is_none(make_run):
    joint = make_run(1, {"click": {"auc": 0.6}})
    others = [
        make_run(2, {"click": {"auc": 0.7}}, task="click", data="bbbb"),
        make_run(3, None, task="click"),
        make_run(4, {"click": {"auc": 0.7}}),
    ]
    assert matching_single(joint, "click", others) is None


def test_the_other_seeds_of_a_named_run_are_found_and_the_newest_of_each(make_run, two_seeds):
    joint, _singles = two_seeds
    again = make_run(8, {"click": {"auc": 0.9}, "stars": {"rmse": 1.0}}, config=seeded(BASE, 1))
    wider = make_run(9, {"click": {"auc": 0.9}}, config=with_settings(BASE, {"model.width": 8}))
    failed = make_run(10, None, config=seeded(BASE, 2))
    (group,) = with_all_seeds([joint[0]], [*joint, again, wider, failed])
    assert [run.number for run in group.members] == [1, 8]
    (group,) = with_all_seeds([joint[1]], [*joint, again])
    assert [run.number for run in group.members] == [1, 2], "the one that was named stands for its seed"


def test_what_is_tuned_is_told_in_words(make_run):
    tuned = with_settings(BASE, {"text.trainable": "last_k", "text.last_k": 2})
    assert trainable_part(make_run(1, config=BASE)) == "encoder frozen"
    assert trainable_part(make_run(2, config=tuned)) == "last 2 layers tuned"
