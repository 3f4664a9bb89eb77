"""The step, the door between losses and gradients."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from mtrec_core.errors import MtrecError, SettingError
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.jacobian import Representation
from mtrec_core.objective.step import Objective
from mtrec_core.objective.step_parts import Backward, DivergenceError, StepInputs
from tests.objective.toy import toy


def quadratic_losses(**at):
    """Task -> (parameter at x, loss x^2 / 2, whose gradient is x)."""
    points = {task: torch.tensor(float(x), requires_grad=True) for task, x in at.items()}
    return points, {task: point**2 / 2 for task, point in points.items()}


def take(losses, weights, settings=None, total=Tensor.backward, whole=None):
    rule = Objective(settings=settings or ObjectiveSettings(), weights=weights, tasks=sorted(losses) or ["a"])
    seen = whole if whole is not None else {task: float(loss.detach()) for task, loss in losses.items()}
    inputs = StepInputs(number=0, epoch=0, parts=losses, losses=seen)
    return rule.step(inputs, Backward(total=total))


def test_the_total_is_the_weighted_sum_and_its_gradient_goes_backward():
    points, losses = quadratic_losses(a=2, b=4)
    report = take(losses, {"a": 3.0, "b": 0.5})
    assert report.losses == {"a": 2, "b": 8}
    assert report.weights == {"a": 3, "b": 0.5}
    assert report.total == 3 * 2 + 0.5 * 8
    assert report.shares == {"a": 6 / 10, "b": 4 / 10}
    assert {task: float(point.grad) for task, point in points.items()} == {"a": 3 * 2, "b": 0.5 * 4}


def test_one_total_is_sent_backward_once():
    sent = []
    take(quadratic_losses(a=2, b=4)[1], {}, total=sent.append)
    assert [float(total.detach()) for total in sent] == [2 + 8]


def test_a_task_of_weight_0_is_not_sent_backward():
    points, losses = quadratic_losses(a=2, b=4)
    report = take(losses, {"b": 0.0})
    assert points["b"].grad is None
    assert report.weights == {"a": 1, "b": 0}
    assert report.mean_weight == 1


def test_equal_ignores_the_users_weights():
    report = take(quadratic_losses(a=2, b=4)[1], {"a": 7.0}, ObjectiveSettings(weighting="equal"))
    assert report.weights == {"a": 1, "b": 1}


@pytest.mark.parametrize("at", [0.0, 3.0])
def test_a_step_whose_total_is_0_has_no_shares(at):
    report = take(quadratic_losses(a=at)[1], {"a": 0.0 if at else 1.0})
    assert report.shares == {"a": 0}


def test_a_step_without_tasks_sends_nothing_backward():
    sent = []
    report = take({}, {"a": 1.0}, total=sent.append)
    assert sent == []
    assert (report.losses, report.total) == ({}, 0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(value):
    losses = {"a": torch.tensor(value, requires_grad=True)}
    with pytest.raises(DivergenceError, match=r"task a is .*learning_rate") as told:
        take(losses, {})
    assert isinstance(told.value, MtrecError)


def test_the_losses_of_the_whole_step_are_reported_where_this_process_has_a_part():
    _points, losses = quadratic_losses(a=2)
    report = take(losses, {}, whole={"a": 5.0, "b": 3.0})
    assert report.losses == {"a": 5, "b": 3}
    assert report.total == 8


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"weighting": "fix"}, r"objective\.weighting fix; Did you mean fixed\?"),
        ({"aggregation": "pcgrat"}, r"objective\.aggregation pcgrat; Did you mean pcgrad\?"),
        ({"weighting": "uw", "aggregation": "upgrad"}, "would both weigh"),
        ({"weighting": "dwa", "weighting_options": "temprature=2"}, "Did you mean temperature"),
        ({"weighting": "dwa", "weighting_options": "temperature"}, "write name=value"),
        ({"weighting": "dwa", "weighting_options": "temperature=0"}, "allowed: above 0"),
        ({"weighting": "dwa", "weighting_options": "temperature=warm"}, "must be a number"),
        ({"aggregation": "pcgrad", "aggregation_options": "c=1"}, "has no options"),
        ({"aggregation": "aligned_mtl", "aggregation_options": "scale=max"}, "min, median, rmse"),
        ({"aggregation": "excess_mtl", "gradients_of": "representation"}, "gradients_of=parameters"),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_the_way_out(wrong, says):
    with pytest.raises(SettingError, match=says):
        ObjectiveSettings(**wrong)


def test_a_main_task_that_is_not_trained_is_refused():
    settings = ObjectiveSettings(aggregation="pcd", aggregation_options="main=golf")
    with pytest.raises(SettingError, match=r"main .* is golf, which is not trained; trained are a, b"):
        Objective(settings=settings, weights={}, tasks=["a", "b"])


@pytest.mark.parametrize("settings", [{}, {"aggregation": "mean"}], ids=["one total", "a gradient per task"])
@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("share", [1.0, 0.25])
def test_a_cut_graph_and_a_gradient_per_task_give_the_gradient_of_the_weighted_sum(settings, is_cut, share):
    below = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    above = torch.nn.Parameter(torch.tensor([0.5, -1.0]))
    own = torch.nn.Parameter(torch.tensor(2.0))
    representation = Representation() if is_cut else None
    vector = below.square()
    seen = representation.cut("vector", ["tower"], vector) if representation else vector
    losses = {"a": (seen * above).sum().square(), "b": (seen.sum() + above.sum()) * own}
    rule = Objective(settings=ObjectiveSettings(**settings), weights={"a": 0.5}, tasks=["a", "b"])
    seen = {task: float(loss.detach()) for task, loss in losses.items()}
    rule.step(
        StepInputs(number=0, epoch=0, parts=losses, losses=seen, representation=representation),
        Backward(total=lambda total: (total * share).backward(), parameters=[below, above, own], share=share),
    )
    found = [parameter.grad for parameter in (below, above, own)]
    vector = below.square()
    whole = 0.5 * (vector * above).sum().square() + (vector.sum() + above.sum()) * own
    expected = torch.autograd.grad(whole * share, [below, above, own])
    assert all(torch.allclose(one, other) for one, other in zip(found, expected, strict=True))


def test_gradients_are_added_to_those_of_earlier_steps():
    problem = toy()
    rule = Objective(settings=ObjectiveSettings(aggregation="mean"), weights={}, tasks=list(problem.aims))
    backward = Backward(total=Tensor.backward, parameters=problem.parameters, share=0.5)
    for _part in range(2):
        losses = problem.losses()
        seen = {task: float(loss.detach()) for task, loss in losses.items()}
        rule.step(StepInputs(number=0, epoch=0, parts=losses, losses=seen), backward)
    expected = sum(problem.gradient(task) for task in problem.aims)
    assert np.allclose(problem.shared.grad, expected, rtol=1e-5)
