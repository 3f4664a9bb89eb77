"""The Shapley value: worked by hand, its axioms, and the estimate from some orders."""

from itertools import permutations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.evaluation.shapley import (
    coalitions,
    exact_weights,
    order_weights,
    random_orders,
    shapley,
    standard_errors,
)

GLOVES = ("a", "b", "c")


def gloves(coalition: frozenset[str]) -> float:
    """a and b hold a left glove each, c a right one; a pair is worth 1."""
    return float("c" in coalition and len(coalition) > 1)


def played(players, value) -> dict[frozenset[str], float]:
    return {coalition: value(coalition) for coalition in coalitions(players)}


@st.composite
def games(draw):
    players = tuple("abcd"[: draw(st.integers(1, 4))])
    numbers = st.floats(-5, 5).map(lambda number: round(number, 3))
    return players, {coalition: draw(numbers) for coalition in coalitions(players)}


def test_three_players_with_gloves_share_a_pair_by_hand():
    found = shapley(exact_weights(GLOVES), played(GLOVES, gloves))
    # In 4 of the 6 orders c does not come first, and completes a pair. a completes one in c-a-b alone.
    assert found == pytest.approx({"a": 1 / 6, "b": 1 / 6, "c": 4 / 6})


def test_three_players_with_numbers_by_hand():
    # What a adds: 10 when it comes first (twice), 40 - 20 after b, 30 - 0 after c, 90 - 50 last (twice).
    value = {"": 0, "a": 10, "b": 20, "c": 0, "ab": 40, "ac": 30, "bc": 50, "abc": 90}
    values = {frozenset(name): float(worth) for name, worth in value.items()}
    found = shapley(exact_weights(GLOVES), values)
    assert found["a"] == pytest.approx((2 * 10 + 20 + 30 + 2 * 40) / 6)
    assert found["b"] == pytest.approx((2 * 20 + 30 + 50 + 2 * 60) / 6)
    assert found["c"] == pytest.approx((2 * 0 + 20 + 30 + 2 * 50) / 6)


@settings(deadline=None)
@given(games())
def test_the_parts_sum_to_the_whole(game):
    players, values = game
    found = shapley(exact_weights(players), values)
    assert sum(found.values()) == pytest.approx(values[frozenset(players)] - values[frozenset()])


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_players_who_add_the_same_to_everyone_get_the_same(worth):
    by_size = lambda coalition: worth[len(coalition)]  # noqa: E731
    found = shapley(exact_weights(GLOVES), played(GLOVES, by_size))
    assert found["a"] == pytest.approx(found["b"], abs=1e-9)
    assert found["b"] == pytest.approx(found["c"], abs=1e-9)


@settings(deadline=None)
@given(games())
def test_a_player_who_never_adds_anything_gets_nothing(game):
    players, values = game
    with_dummy = {c: values[c - {"dummy"}] for c in coalitions((*players, "dummy"))}
    found = shapley(exact_weights((*players, "dummy")), with_dummy)
    assert found["dummy"] == pytest.approx(0.0, abs=1e-9)
    assert {player: found[player] for player in players} == pytest.approx(
        shapley(exact_weights(players), values), abs=1e-9
    )


def test_all_orders_together_give_the_exact_value():
    values = played(GLOVES, gloves)
    found = shapley(order_weights(list(permutations(GLOVES))), values)
    assert found == pytest.approx(shapley(exact_weights(GLOVES), values))


def test_two_orders_give_their_mean_and_its_standard_error():
    orders = [("a", "c", "b"), ("b", "c", "a")]
    values = played(GLOVES, gloves)
    assert shapley(order_weights(orders), values) == pytest.approx({"a": 0.0, "b": 0.0, "c": 1.0})
    orders = [("a", "c", "b"), ("c", "a", "b")]
    assert shapley(order_weights(orders), values) == pytest.approx({"a": 0.5, "b": 0.0, "c": 0.5})
    # a adds 0, then 1: deviation sqrt((.25 + .25) / (2 - 1)), over the root of 2 orders.
    assert standard_errors(orders, values)["a"] == pytest.approx(sqrt(0.5) / sqrt(2))
    assert standard_errors(orders, values)["b"] == 0.0
    assert standard_errors(orders[:1], values) == {"a": None, "b": None, "c": None}


def test_each_order_alone_shares_out_the_whole():
    values = played(GLOVES, gloves)
    for order in random_orders(GLOVES, 20):
        assert sum(shapley(order_weights([order]), values).values()) == pytest.approx(1.0)


def test_many_random_orders_come_near_the_exact_value_as_their_error_says():
    players = tuple("abcdef")
    rng = np.random.default_rng(3)
    values = {coalition: float(rng.normal()) for coalition in coalitions(players)}
    exact = shapley(exact_weights(players), values)
    orders = random_orders(players, 400)
    found, errors = shapley(order_weights(orders), values), standard_errors(orders, values)
    assert all(abs(found[player] - exact[player]) < 3.5 * errors[player] for player in players)
    assert max(errors.values()) < 0.15


def test_more_orders_begin_with_the_same_ones_whatever_order_the_players_are_named_in():
    assert random_orders("cab", 9)[:4] == random_orders("abc", 4)


def test_arrays_of_draws_are_shared_out_draw_by_draw():
    values = {c: np.array([gloves(c), 2 * gloves(c)]) for c in coalitions(GLOVES)}
    assert shapley(exact_weights(GLOVES), values)["c"] == pytest.approx([4 / 6, 8 / 6])
