"""The value at the head of lists, by eye."""

import pytest

from mtrec_core.evaluation.found_value import compare_found_value, found_value

ORDER = """
row user item target rank
1   u    x    1      1
1   u    y    1      11
1   u    z    0      2
2   v    y    1      10
3   w    x    1      30
"""
PRICES = {"x": 8.0, "y": 3.0, "z": 100.0}


def test_only_what_is_relevant_and_among_the_first_ten_counts(read_table):
    # 8, 3 and nothing: y stands at place 11 of the first list, z is not wanted, x too deep in the third.
    assert found_value(read_table(ORDER), PRICES).value() == pytest.approx((8 + 3 + 0) / 3)


def test_two_orders_are_compared_on_the_same_draws_of_users(read_table):
    better = ORDER.replace("30", "3 ").replace("11", "4 ")
    found = compare_found_value(read_table(better), read_table(ORDER), PRICES)
    assert (found.a, found.b) == pytest.approx(((11 + 3 + 8) / 3, (8 + 3 + 0) / 3))
    # The lists gain 3, 0 and 8: no draw loses, and the mean of a draw is 8 at most.
    assert 0 <= found.low < found.high <= 8


def test_an_order_does_not_differ_from_itself(read_table):
    found = compare_found_value(read_table(ORDER), read_table(ORDER), PRICES)
    assert (found.low, found.high) == (0.0, 0.0)
