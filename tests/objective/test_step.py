"""The step, the door between losses and gradients, and the table of weightings."""

import pytest
import torch

from mtrec_core.errors import MtrecError, SettingError
from mtrec_core.objective.step import DivergenceError, weighted_step
from mtrec_core.objective.weightings import WEIGHTINGS, FixedWeighting, build_weighting

EDIT = "see mtrec_core/objective/weightings.py"


def quadratic_losses(**at):
    """Task -> (parameter at x, loss x^2 / 2, whose gradient is x)."""
    points = {task: torch.tensor(float(x), requires_grad=True) for task, x in at.items()}
    return points, {task: point**2 / 2 for task, point in points.items()}


def test_the_total_is_the_weighted_sum_and_its_gradient_goes_backward():
    points, losses = quadratic_losses(a=2, b=4)
    report = weighted_step(losses, FixedWeighting({"a": 3.0, "b": 0.5}), torch.Tensor.backward)
    assert report.losses == {"a": 2, "b": 8}
    assert report.weights == {"a": 3, "b": 0.5}
    assert report.total == 3 * 2 + 0.5 * 8
    assert report.shares == {"a": 6 / 10, "b": 4 / 10}
    assert {task: float(point.grad) for task, point in points.items()} == {"a": 3 * 2, "b": 0.5 * 4}


def test_one_total_is_sent_backward_once():
    sent = []
    weighted_step(quadratic_losses(a=2, b=4)[1], FixedWeighting({}), sent.append)
    assert [float(total.detach()) for total in sent] == [2 + 8]


def test_a_task_of_weight_0_costs_nothing():
    points, losses = quadratic_losses(a=2, b=4)
    report = weighted_step(losses, FixedWeighting({"b": 0.0}), torch.Tensor.backward)
    assert points["b"].grad is None
    assert float(points["a"].grad) == 2
    assert report.shares == {"a": 1, "b": 0}
    assert report.losses["b"] == 8


@pytest.mark.parametrize(("weights", "at"), [({"a": 0.0}, 2), ({}, 0)])
def test_shares_are_0_when_the_total_is(weights, at):
    report = weighted_step(quadratic_losses(a=at)[1], FixedWeighting(weights), torch.Tensor.backward)
    assert (report.total, report.shares) == (0, {"a": 0})


def test_a_step_without_rows_sends_nothing_backward():
    sent = []
    report = weighted_step({}, FixedWeighting({"a": 1.0}), sent.append)
    assert (sent, report.total, report.losses) == ([], 0, {})


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_loss_that_is_no_number_ends_the_run_with_its_tasks_name_before_any_gradient(value):
    points, losses = quadratic_losses(clicks=2, sales=4)
    losses["sales"] = losses["sales"] * 0 + float(value)
    with pytest.raises(
        DivergenceError, match=r"task sales is .*diverged\. Lower training.learning_rate"
    ) as caught:
        weighted_step(losses, FixedWeighting({}), torch.Tensor.backward)
    assert isinstance(caught.value, MtrecError)
    assert points["clicks"].grad is None


def test_fixed_takes_the_given_weights_and_1_where_none_was_given():
    weighting = build_weighting("fixed", {"a": 0.25})
    assert weighting({"a": 5.0, "b": 7.0}) == {"a": 0.25, "b": 1.0}


def test_equal_takes_no_heed_of_the_given_weights():
    assert build_weighting("equal", {"a": 0.25})({"a": 5.0, "b": 7.0}) == {"a": 1.0, "b": 1.0}


def test_a_caller_that_changes_its_weights_later_changes_nothing():
    given = {"a": 2.0}
    weighting = build_weighting("fixed", given)
    given["a"] = 9.0
    assert weighting({"a": 1.0}) == {"a": 2.0}


@pytest.mark.parametrize("key", list(WEIGHTINGS))
def test_a_weighting_weighs_the_tasks_of_the_step_and_no_others(key):
    choice = WEIGHTINGS[key]
    assert choice.key == key
    for text in (choice.title, choice.use, choice.formula, choice.source):
        assert text, EDIT
    weighting = build_weighting(key, {"a": 2.0, "b": 1.0, "c": 1.0})
    for losses in ({"a": 1.0, "b": 2.0}, {"c": 0.5}, {"a": 0.0, "c": 3.0}):
        weights = weighting(losses)
        assert weights.keys() == losses.keys(), f"{key}: {EDIT}"
        assert all(0 <= weight < float("inf") for weight in weights.values()), f"{key}: {EDIT}"


@pytest.mark.parametrize("key", list(WEIGHTINGS))
def test_shares_of_every_weighting_add_up_to_1(key):
    weighting = build_weighting(key, {"a": 2.0, "b": 0.5, "c": 1.0})
    report = weighted_step(quadratic_losses(a=1, b=2, c=3)[1], weighting, torch.Tensor.backward)
    assert sum(report.shares.values()) == pytest.approx(1), f"{key}: {EDIT}"


def test_an_unknown_weighting_is_refused_with_the_known_ones():
    with pytest.raises(SettingError, match=r"objective\.weighting fix; Did you mean fixed\?.*equal, fixed"):
        build_weighting("fix", {})
