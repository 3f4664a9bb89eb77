"""Each structure against its paper's formula, row by row and expert by expert.

Shape suffixes: B = rows, D = width, E = experts.
"""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import gelu, layer_norm

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.experts import Experts
from mtrec_core.model.sharing import MixtureOfExperts
from mtrec_core.model.sharing_chain import AdaptiveTransfer, logit_of_both
from mtrec_core.model.sharing_levels import CrossStitch, ProgressiveExtraction

TASKS = ["a", "b", "c"]


def settings(**changed):
    return ModelSettings(width=6, **changed)


def shaken(structure):
    """The structure in evaluation mode, with random numbers in all its parameters."""
    torch.manual_seed(2)
    with torch.no_grad():
        for part in structure.parameters():
            part.copy_(torch.randn_like(part))
    return structure.eval()


def normed(norm, row_D):
    return layer_norm(row_D, (6,), norm.weight, norm.bias)


def expert(group, at, row_D):
    """Expert `at` of a group on one row: V gelu(W x + b) + c."""
    hidden_D = gelu(row_D @ group.inner_EDD[at] + group.inner_bias_ED[at])
    return hidden_D @ group.outer_EDD[at] + group.outer_bias_ED[at]


def all_of(group, row_D):
    return [expert(group, at, row_D) for at in range(len(group))]


def weighed(gate, gated_D, experts):
    """sum_e softmax(gate)_e f_e"""
    share_E = gate(gated_D).softmax(dim=-1)
    return sum(share * found_D for share, found_D in zip(share_E, experts, strict=True))


def test_experts_side_by_side_equal_each_alone():
    group = shaken(Experts(3, 6, 0.0))
    rows_BD = torch.randn(4, 6)
    alone = torch.stack([torch.stack([expert(group, at, row_D) for row_D in rows_BD]) for at in range(3)])
    torch.testing.assert_close(group.on(rows_BD), alone)


def test_the_mixture_equals_a_loop_over_its_experts():
    mixture = shaken(MixtureOfExperts(["a", "b"], settings(experts=3)))
    rows_BD = torch.randn(4, 6)
    for task in ("a", "b"):
        expected = []
        for row_D in rows_BD:
            seen_D = normed(mixture.norm, row_D)
            expected.append(row_D + weighed(mixture.gates[task], seen_D, all_of(mixture.experts, seen_D)))
        torch.testing.assert_close(mixture(rows_BD, task), torch.stack(expected))


def test_gates_of_a_mixture_differ_by_task_and_the_experts_do_not():
    mixture = MixtureOfExperts(["a", "b"], settings(experts=3)).eval()
    rows_BD = torch.randn(4, 6)
    assert not torch.allclose(mixture(rows_BD, "a"), mixture(rows_BD, "b"))
    mixture.gates["b"].load_state_dict(mixture.gates["a"].state_dict())
    torch.testing.assert_close(mixture(rows_BD, "a"), mixture(rows_BD, "b"))


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_extraction_equals_all_levels_worked_out_for_all_tasks(levels):
    """Every task's state and the shared one on every level, as the paper draws it; no short cuts."""
    structure = shaken(
        ProgressiveExtraction(TASKS, settings(experts=2, task_experts=3, sharing_levels=levels))
    )
    rows_BD = torch.randn(4, 6)
    for task in TASKS:
        expected = []
        for row_D in rows_BD:
            own, shared_D = dict.fromkeys(TASKS, row_D), row_D
            for level in structure.levels:
                of = {name: all_of(level.own[name], normed(level.norm, own[name])) for name in TASKS}
                common = all_of(level.shared, normed(level.norm, shared_D))
                new = {
                    name: own[name]
                    + weighed(level.gates[name], normed(level.norm, own[name]), of[name] + common)
                    for name in TASKS
                }
                if level.shared_gate is not None:
                    every = [found_D for name in TASKS for found_D in of[name]] + common
                    shared_D = shared_D + weighed(level.shared_gate, normed(level.norm, shared_D), every)
                own = new
            expected.append(own[task])
        torch.testing.assert_close(structure(rows_BD, task), torch.stack(expected), atol=1e-4, rtol=1e-4)


def test_one_level_of_extraction_hears_no_expert_of_another_task():
    structure = ProgressiveExtraction(TASKS, settings(sharing_levels=1))
    structure(torch.randn(4, 6), "b").sum().backward()
    level = structure.levels[0]
    assert level.own["b"].inner_EDD.grad is not None
    assert level.shared.inner_EDD.grad is not None
    assert level.own["a"].inner_EDD.grad is None


def test_two_levels_of_extraction_hear_the_others_through_what_is_shared():
    structure = ProgressiveExtraction(TASKS, settings(sharing_levels=2))
    structure(torch.randn(4, 6), "b").sum().backward()
    first, last = structure.levels
    assert float(first.own["a"].inner_EDD.grad.abs().max()) > 0
    assert last.own["a"].inner_EDD.grad is None


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_cross_stitch_equals_its_layers_worked_out_task_by_task(layers):
    structure = shaken(CrossStitch(TASKS, settings(sharing_levels=layers)))
    rows_BD = torch.randn(4, 6)
    for at, task in enumerate(TASKS):
        expected = []
        for row_D in rows_BD:
            states = [row_D] * 3
            for layer in structure.layers:
                found = [expert(layer.networks, s, normed(layer.norm, states[s])) for s in range(3)]
                states = [
                    states[t] + sum(layer.stitch_TTD[t, s] * found[s] for s in range(3)) for t in range(3)
                ]
            expected.append(states[at])
        torch.testing.assert_close(structure(rows_BD, task), torch.stack(expected), atol=1e-4, rtol=1e-4)


def test_a_stitch_begins_mostly_with_the_tasks_own():
    stitch_TTD = CrossStitch(TASKS, settings()).layers[0].stitch_TTD
    assert stitch_TTD.shape == (3, 3, 6)
    torch.testing.assert_close(stitch_TTD[0, :, 0], torch.tensor([0.9, 0.05, 0.05]))  # (1 - .9) / 2
    alone = CrossStitch(["a"], settings()).layers[0].stitch_TTD
    torch.testing.assert_close(alone, torch.ones(1, 1, 6))


def test_transfer_weighs_what_is_carried_over_against_the_tasks_own_view():
    structure = shaken(AdaptiveTransfer(["click", "buy"], settings(), {"buy": "click"}))
    part = structure.transfers["buy"]
    rows_BD, earlier_BD = torch.randn(4, 6), torch.randn(4, 6)
    expected = []
    for row_D, earlier_D in zip(rows_BD, earlier_BD, strict=True):
        own_D = structure.blocks["buy"](row_D)
        carried_D = gelu(part.carry[0](earlier_D))
        fits = [
            float((part.key(view_D) * part.query(view_D)).sum().detach()) / math.sqrt(6)
            for view_D in (carried_D, own_D)
        ]
        weights = [math.exp(fit - max(fits)) for fit in fits]
        expected.append(
            row_D
            + sum(
                weight / sum(weights) * part.value(view_D)
                for weight, view_D in zip(weights, (carried_D, own_D), strict=True)
            )
        )
    torch.testing.assert_close(
        structure(rows_BD, "buy", earlier_BD), torch.stack(expected), atol=1e-4, rtol=1e-4
    )
    torch.testing.assert_close(structure(rows_BD, "click"), structure.blocks["click"](rows_BD))


def test_the_logit_of_both_is_that_of_the_product_of_the_probabilities():
    # 3/4 of impressions are clicked, 2/3 of those convert: 3/4 * 2/3 = 1/2, whose logit is 0.
    both = logit_of_both(torch.tensor([[math.log(3.0)]]), torch.tensor([[math.log(2.0)]]))
    torch.testing.assert_close(both, torch.zeros(1, 1))
    first, second = torch.randn(50, 1, dtype=torch.float64) * 4, torch.randn(50, 1, dtype=torch.float64) * 4
    torch.testing.assert_close(logit_of_both(first, second).sigmoid(), first.sigmoid() * second.sigmoid())


@pytest.mark.parametrize(("first", "second"), [(80.0, 90.0), (-80.0, -90.0), (200.0, -200.0), (0.0, 500.0)])
def test_the_logit_of_both_stays_finite_where_the_product_is_0_or_1(first, second):
    parts = [torch.tensor([[value]], requires_grad=True) for value in (first, second)]
    both = logit_of_both(*parts)
    both.sum().backward()
    numbers = [float(both.detach()), *(float(part.grad) for part in parts)]
    assert np.isfinite(numbers).all()
    assert numbers[0] <= min(first, second) + 1e-3  # no product is above its factors
