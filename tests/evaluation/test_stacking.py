"""Weights learned from answers: none below 0, a planted mixture found again, equal sources alike.

Shape suffixes: n = lines, R = sources.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.errors import UserError
from mtrec_core.evaluation.stacking import Stacked, stack_choices, stack_numbers, stack_yes_no

PLANTED_R = np.array([1.5, 0.5, 0.0])


def sources(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 3))


def learned(kind, x_nR, planted_R, seed=1):
    """What is learned from answers drawn by the model of the kind."""
    draw = np.random.default_rng(seed)
    if kind == "yes_no":
        return stack_yes_no(x_nR, draw.random(len(x_nR)) < 1 / (1 + np.exp(-(x_nR @ planted_R - 0.7))))
    if kind == "numbers":
        return stack_numbers(x_nR, 3.0 + x_nR @ planted_R + 0.1 * draw.normal(size=len(x_nR)))
    group_n = np.repeat(np.arange(len(x_nR) // 10), 10)
    noisy_GP = (x_nR @ planted_R + draw.gumbel(size=len(x_nR))).reshape(-1, 10)
    chosen_n = (noisy_GP == noisy_GP.max(axis=1, keepdims=True)).ravel()  # Gumbel: a draw from the softmax
    return stack_choices(x_nR, chosen_n.astype(float), group_n)


@pytest.mark.parametrize("kind", ["yes_no", "numbers", "choices"])
def test_a_planted_mixture_is_found_again(kind):
    found = learned(kind, sources(60_000), PLANTED_R)
    np.testing.assert_allclose(found.weight_R, PLANTED_R, atol=0.06)
    if kind != "choices":
        assert found.intercept == pytest.approx({"yes_no": -0.7, "numbers": 3.0}[kind], abs=0.05)


@pytest.mark.parametrize("kind", ["yes_no", "numbers", "choices"])
def test_a_source_that_says_the_opposite_gets_no_weight_instead_of_one_below_0(kind):
    found = learned(kind, sources(5000), np.array([1.0, -1.0, 0.0]))
    assert found.weight_R[1] == 0
    assert found.weight_R[0] > 0.5


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_no_weight_is_below_0_whatever_the_answers(seed):
    draw = np.random.default_rng(seed)
    x_nR, yes_n = draw.normal(size=(40, 3)), draw.random(40) < 0.5
    if 0 < yes_n.sum() < 40:
        assert (stack_yes_no(x_nR, yes_n).weight_R >= 0).all()
    assert (stack_numbers(x_nR, draw.normal(size=40)).weight_R >= 0).all()


@pytest.mark.parametrize("kind", ["yes_no", "numbers", "choices"])
def test_two_equal_sources_share_the_weight(kind):
    x_n = sources(4000)[:, :1]
    found = learned(kind, np.repeat(x_n, 2, axis=1), np.array([0.6, 0.6]))
    assert found.weight_R[0] == pytest.approx(found.weight_R[1], abs=1e-3)
    assert found.weight_R.sum() == pytest.approx(1.2, abs=0.15)


def test_two_yes_of_three_have_the_logit_of_their_share():
    # Sources that say nothing: sigmoid(b) = 2/3, so b = log 2; the penalty keeps both weights at 1/2.
    found = stack_yes_no(np.zeros((3, 2)), np.array([True, True, False]))
    assert found.intercept == pytest.approx(np.log(2), abs=1e-4)
    np.testing.assert_allclose(found.weight_R, [0.5, 0.5], atol=1e-6)


def test_a_choice_in_every_list_by_hand():
    # One source: x = 1 for one line, 0 for the other. Chosen 3 times of 4: sigmoid(w) = 3/4, so w = log 3.
    x_nR = np.tile([[1.0], [0.0]], (4, 1))
    chosen_n = np.array([1, 0, 1, 0, 1, 0, 0, 1], dtype=float)
    found = stack_choices(x_nR, chosen_n, np.repeat(np.arange(4), 2))
    assert found.weight_R[0] == pytest.approx(np.log(3), abs=2e-3)  # the penalty draws it to 1


def test_a_list_without_a_choice_does_not_count():
    x_nR, chosen_n = np.tile([[1.0], [0.0]], (4, 1)), np.array([1, 0, 1, 0, 1, 0, 0, 1], dtype=float)
    more_nR, group_n = np.vstack([x_nR, [[5.0], [-5.0]]]), np.repeat(np.arange(5), 2)
    found = stack_choices(more_nR, np.append(chosen_n, [0, 0]), group_n)
    assert found.weight_R[0] == pytest.approx(np.log(3), abs=2e-3)


@pytest.mark.parametrize(
    ("learn", "reason"),
    [
        (lambda: stack_yes_no(np.zeros((2, 1)), np.array([True, True])), "the same answer"),
        (lambda: stack_numbers(np.zeros((2, 1)), np.array([4.0, 4.0])), "the same number"),
        (lambda: stack_choices(np.zeros((2, 1)), np.zeros(2), np.zeros(2, int)), "nothing relevant|anything"),
    ],
)
def test_answers_that_say_nothing_are_refused(learn, reason):
    with pytest.raises(UserError, match=reason):
        learn()


def test_what_is_learned_is_a_weight_per_source_and_an_intercept():
    assert Stacked(weight_R=np.ones(2)).intercept == 0.0
