"""The joint model against models of one task."""

import dataclasses

import pytest

from mtrec_core.comparing.transfer import matching_single, trainable_part, transfers
from mtrec_core.config import RunConfig, with_settings

BASE = RunConfig(dataset="shop", name="joint", weights={"click": 3.0})
ALONE = RunConfig(dataset="shop", name="click alone", tasks=("click",))


def test_a_task_stands_beside_its_own_model_and_the_untrained_one(make_run):
    joint = make_run(1, {"click": {"auc": 0.6}, "stars": {"rmse": 2.0}}, config=BASE)
    single = make_run(2, {"click": {"auc": 0.8}}, config=ALONE, task="click")
    (found,) = transfers([joint], [single], {})
    assert (found.task, found.metric, found.before, found.alone, found.together) == (
        "click", "auc", 0.5, 0.8, 0.6,
    )  # fmt: skip
    assert found.difference.value == pytest.approx(-0.2)
    assert found.difference.gain == pytest.approx(-0.2 / 0.8)
    assert found.difference.better is None
    assert "no predictions" in found.difference.why_not
    assert found.like


def test_the_single_run_that_is_most_alike_is_taken(make_run):
    joint = make_run(9, {"click": {"auc": 0.6}}, config=dataclasses.replace(BASE, seed=1))
    other = dataclasses.replace(with_settings(ALONE, {"training.epochs": 9}), seed=1)
    singles = [
        make_run(1, {"click": {"auc": 0.7}}, config=dataclasses.replace(ALONE, seed=1), task="click"),
        make_run(2, {"click": {"auc": 0.7}}, config=ALONE, task="click"),
        make_run(3, {"click": {"auc": 0.7}}, config=other, task="click"),
    ]
    assert matching_single(joint, "click", singles).number == 1
    assert matching_single(joint, "click", singles[1:]).number == 2
    (found,) = transfers([joint], singles[2:], {})
    assert not found.like


def test_a_single_run_on_other_data_or_without_a_result_is_none(make_run):
    joint = make_run(1, {"click": {"auc": 0.6}})
    others = [
        make_run(2, {"click": {"auc": 0.7}}, task="click", data="bbbb"),
        make_run(3, None, task="click"),
        make_run(4, {"click": {"auc": 0.7}}),
    ]
    assert matching_single(joint, "click", others) is None


def test_what_is_tuned_is_told_in_words(make_run):
    tuned = with_settings(BASE, {"text.trainable": "last_k", "text.last_k": 2})
    assert trainable_part(make_run(1, config=BASE)) == "encoder frozen"
    assert trainable_part(make_run(2, config=tuned)) == "last 2 layers tuned"
