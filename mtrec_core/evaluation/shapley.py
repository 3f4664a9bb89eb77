"""What each player adds to a game, fairly shared: the Shapley value. No torch here.

    phi_i = sum over S in N without i:  |S|! (n - |S| - 1)! / n!  (v(S + i) - v(S))

Shapley, "A value for n-person games", 1953. It is the mean, over all orders in which players may come, of
what i adds when it comes. Over all orders it needs all 2^n coalitions; over some random ones it is an
unbiased estimate (Castro, Gomez & Tejada, "Polynomial calculation of the Shapley value based on sampling",
Computers & Operations Research 2009), with the standard error s / sqrt(m) of a mean over m orders.

The value is linear in v. `exact_weights` and `order_weights` give its coefficients, so that a single number,
a seed's number or a whole array of draws per coalition can be put in.

Shape suffixes: S = draws.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np

Coalition = frozenset[str]
Weights = dict[str, dict[Coalition, float]]
"""Player -> coalition -> how much its value counts; the coefficients of a player sum to 0."""

Value = TypeVar("Value", float, np.ndarray)
"""v of a coalition: one number, or one per draw."""


def coalitions(players: Sequence[str]) -> list[Coalition]:
    """All of them, the empty one first, smaller before larger."""
    return [frozenset(some) for size in range(len(players) + 1) for some in combinations(players, size)]


def exact_weights(players: Sequence[str]) -> Weights:
    """The coefficients over all coalitions."""
    count = len(players)
    weights: Weights = {}
    for player in players:
        own: dict[Coalition, float] = {}
        for others in coalitions([name for name in players if name != player]):
            size = len(others)
            share = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            own[others | {player}] = share
            own[others] = -share
        weights[player] = own
    return weights


def order_weights(orders: Sequence[Sequence[str]]) -> Weights:
    """The coefficients over the coalitions that come about in these orders; ValueError without one."""
    if not orders:
        raise ValueError("A mean over orders needs one at least.")
    weights: Weights = {player: {} for player in orders[0]}
    for order in orders:
        for place, player in enumerate(order):
            for members, sign in ((order[: place + 1], 1), (order[:place], -1)):
                coalition = frozenset(members)
                own = weights[player]
                own[coalition] = own.get(coalition, 0.0) + sign / len(orders)
    return weights


def shapley(weights: Weights, values: Mapping[Coalition, Value]) -> dict[str, Value]:
    """Player -> what it adds; `values` holds v of every coalition that the coefficients name."""
    return {
        player: sum(weight * values[coalition] for coalition, weight in own.items())  # type: ignore[misc]
        for player, own in weights.items()
    }


def standard_errors(
    orders: Sequence[Sequence[str]], values: Mapping[Coalition, float]
) -> dict[str, float | None]:
    """Player -> standard error of the mean over these orders; None where there is one order."""
    if len(orders) < 2:
        return dict.fromkeys(orders[0]) if orders else {}
    added = [shapley(order_weights([order]), values) for order in orders]
    return {
        player: float(np.std([one[player] for one in added], ddof=1) / math.sqrt(len(orders)))
        for player in orders[0]
    }


def random_orders(players: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """So many orders, each equally likely; always the same ones, and the first of many are those of few, so
    that a study can be widened later."""
    rng = np.random.default_rng(0)
    names = sorted(players)
    return [tuple(names[place] for place in rng.permutation(len(names))) for _ in range(count)]
