"""Measures of single papers, by hand; the cut to cold items."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.extra_measures import chance, cold_lists, hit_at_100_seen_kept, mrr_at_10

LISTS = pd.DataFrame(
    [
        # row, item, target, rank, rank_seen_kept
        (1, "a", 1.0, 2, 100),
        (1, "b", 1.0, 5, 101),
        (1, "c", 0.0, 1, 1),
        (2, "b", 1.0, 11, 12),
        (3, "d", 1.0, 1, 1),
    ],
    columns=["row", "item", "target", "rank", "rank_seen_kept"],
)


def test_hit_at_100_counts_each_test_row_and_not_each_list():
    # Relevant lines: ranks 100, 101, 12, 1; three of the four stand among the first 100.
    assert hit_at_100_seen_kept(LISTS) == 3 / 4


def test_mrr_at_10_takes_the_first_relevant_item_and_nothing_after_the_tenth_place():
    # Lists: 1/2 (its other item at 5 doesn't count), 0 (place 11), 1/1.
    assert mrr_at_10(LISTS) == pytest.approx((1 / 2 + 0 + 1) / 3)


def test_lists_that_ask_for_a_cold_item_are_judged_by_their_cold_items_alone():
    # List 1 asks for the cold a and the warm b, list 2 for b alone; c is cold, but nobody asks for it.
    found = cold_lists(LISTS, {"a", "c", "d"})
    assert found[["row", "item"]].values.tolist() == [[1, "a"], [1, "c"], [3, "d"]]
    assert found["rank"].tolist() == [2, 1, 1]


def test_chance_is_what_shuffled_lists_reach_on_average():
    one = LISTS[LISTS["row"] == 3]
    # One relevant item among 4: each of 4 places has the probability 1/4, gains 1/log2(place + 1).
    gains = 1 / np.log2(np.arange(2, 6))
    shuffled = np.random.default_rng(0).integers(0, 4, 20_000)
    assert chance(one, 4)["recall@10"] == 1.0
    assert chance(one, 1000)["recall@10"] == 10 / 1000
    wanted = (1 / 1000) * (1 / np.log2(np.arange(2, 12))).sum() / 1.0
    assert chance(one, 1000)["ndcg@10"] == pytest.approx(wanted)
    assert gains[shuffled].mean() == pytest.approx(gains.mean(), abs=0.01)
