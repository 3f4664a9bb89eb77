"""Step sizes, groups of parameters, and the running average of the weights."""

import math

import pytest
import torch
from torch import nn

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing import MixtureOfExperts
from mtrec_core.training.config import TrainingSettings
from mtrec_core.training.optimizer import WeightAverage, build_optimizer, schedule_factor, set_learning_rate


def factors(steps, **chosen):
    settings = TrainingSettings(**chosen)
    return [schedule_factor(step, steps, settings) for step in range(steps)]


def test_the_step_size_grows_evenly_in_the_warm_up_and_then_stays():
    assert factors(8, schedule="constant", warmup=0.5) == [1 / 4, 2 / 4, 3 / 4, 1, 1, 1, 1, 1]


def test_a_linear_schedule_falls_evenly_to_its_last_step():
    assert factors(6, schedule="linear", warmup=0.34) == [1 / 2, 1, 1, 3 / 4, 2 / 4, 1 / 4]


def test_a_cosine_schedule_falls_as_half_a_wave():
    expected = [0.5 * (1 + math.cos(math.pi * done / 4)) for done in range(4)]
    assert factors(4, schedule="cosine", warmup=0.0) == pytest.approx(expected)
    assert factors(4, schedule="cosine", warmup=0.0)[2] == pytest.approx(0.5)


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_no_step_is_lost(schedule):
    """Every step moves the weights, in the shortest run too."""
    for steps in (1, 2, 7, 100):
        assert all(0 < factor <= 1 for factor in factors(steps, schedule=schedule))
    assert schedule_factor(10, 8, TrainingSettings(schedule=schedule)) >= 0  # past the end


class Parts(nn.Module):
    """One of each kind of parameter, and an encoder inside."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.table = nn.Embedding(4, 3)
        self.bag = nn.EmbeddingBag(5, 3)
        self.norm = nn.LayerNorm(3)
        self.frozen = nn.Linear(3, 3).requires_grad_(False)
        self.experts = MixtureOfExperts(["a"], ModelSettings(width=4))
        self.encoder = nn.ModuleDict({"layer": nn.Linear(3, 3), "words": nn.Embedding(6, 3)})


def groups_of(model, optimizer):
    """Name of each parameter -> (step size, decay)."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return {
        names[id(parameter)]: (group["peak_lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for parameter in group["params"]
    }


def test_decay_falls_on_weights_alone_and_tables_have_their_own():
    model = Parts()
    settings = TrainingSettings(
        learning_rate=0.1, encoder_learning_rate=0.01, weight_decay=0.5, id_weight_decay=0.25
    )
    assert groups_of(model, build_optimizer(model, model.encoder, settings)) == {
        "linear.weight": (0.1, 0.5),
        "linear.bias": (0.1, 0),
        "table.weight": (0.1, 0.25),
        "bag.weight": (0.1, 0.25),
        "norm.weight": (0.1, 0),
        "norm.bias": (0.1, 0),
        "experts.norm.weight": (0.1, 0),
        "experts.norm.bias": (0.1, 0),
        "experts.experts.inner_EDD": (0.1, 0.5),
        "experts.experts.inner_bias_ED": (0.1, 0),
        "experts.experts.outer_EDD": (0.1, 0.5),
        "experts.experts.outer_bias_ED": (0.1, 0),
        "experts.gates.a.weight": (0.1, 0.5),
        "experts.gates.a.bias": (0.1, 0),
        "encoder.layer.weight": (0.01, 0.5),
        "encoder.layer.bias": (0.01, 0),
        "encoder.words.weight": (0.01, 0.25),
    }


def test_without_a_learning_encoder_every_parameter_has_the_one_step_size():
    model = Parts()
    found = groups_of(model, build_optimizer(model, None, TrainingSettings(learning_rate=0.1)))
    assert {step_size for step_size, _ in found.values()} == {0.1}
    assert len(found) == 17


@pytest.mark.parametrize(("name", "kind"), [("adamw", torch.optim.AdamW), ("sgd", torch.optim.SGD)])
def test_the_optimizer_is_the_one_asked_for(name, kind):
    optimizer = build_optimizer(Parts(), None, TrainingSettings(optimizer=name))
    assert type(optimizer) is kind
    assert optimizer.defaults["fused"]


def test_sgd_has_a_momentum_of_nine_tenths():
    weight = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(weight.weight)
    settings = TrainingSettings(optimizer="sgd", learning_rate=1.0, weight_decay=0.0)
    optimizer = build_optimizer(weight, None, settings)
    for _ in range(2):
        weight.weight.grad = torch.ones(1, 1)
        optimizer.step()
    assert float(weight.weight.detach()) == pytest.approx(-(1 + (0.9 + 1)))


def test_a_factor_scales_every_group_from_its_peak():
    model = Parts()
    settings = TrainingSettings(learning_rate=0.1, encoder_learning_rate=0.01)
    optimizer = build_optimizer(model, model.encoder, settings)
    for factor in (0.5, 0.25):
        assert set_learning_rate(optimizer, factor) == pytest.approx(0.1 * factor)
        assert sorted({group["lr"] for group in optimizer.param_groups}) == pytest.approx(
            [0.01 * factor, 0.1 * factor]
        )


def averaged(values, decay):
    """The average after the parameter took each of the values, and the parameter."""
    parameter = nn.Parameter(torch.zeros(1))
    average = WeightAverage([parameter, nn.Parameter(torch.zeros(1), requires_grad=False)], decay)
    for value in values:
        with torch.no_grad():
            parameter.fill_(value)
        average.update()
    return average, parameter


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([4.0], 4.0),  # .5 * 4 / (1 - .5)
        ([4.0, 10.0], (0.5 * 0.5 * 4 + 0.5 * 10) / (1 - 0.5**2)),
        ([4.0, 10.0, 1.0], (0.25 * 0.5 * 4 + 0.5 * 0.5 * 10 + 0.5 * 1) / (1 - 0.5**3)),
    ],
)
def test_the_average_is_corrected_for_its_start_at_zero(values, expected):
    average, parameter = averaged(values, decay=0.5)
    with average.in_place():
        assert float(parameter.detach()) == pytest.approx(expected)
    assert float(parameter.detach()) == values[-1]


def test_the_weights_come_back_exactly_even_after_an_error():
    average, parameter = averaged([0.1, 0.7], decay=0.9)
    before = parameter.detach().clone()
    with pytest.raises(RuntimeError, match="in the block"), average.in_place():
        raise RuntimeError("in the block")
    assert torch.equal(parameter.detach(), before)


def test_before_the_first_update_the_weights_stand_for_their_average():
    average, parameter = averaged([], decay=0.9)
    with average.in_place():
        assert float(parameter.detach()) == 0


def test_only_what_learns_is_averaged():
    assert len(averaged([1.0], decay=0.9)[0].sums) == 1
