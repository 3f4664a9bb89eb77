"""Ranks of a block against a list that is sorted item by item."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtrec_core.evaluation.top_items import RankedBlock, rank_block

NONE = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def pairs(sets: list[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    flat = np.array([(at, item) for at, items in enumerate(sets) for item in sorted(items)], dtype=np.int64)
    return flat.reshape(-1, 2)[:, 0], flat.reshape(-1, 2)[:, 1]


def ranks(block: RankedBlock, which: str = "rank_P") -> dict[tuple[int, int], int]:
    return {
        (int(at), int(item)): int(rank)
        for at, item, rank in zip(block.list_P, block.item_P, getattr(block, which), strict=True)
    }


def naive_rank(scores: np.ndarray, item: int, relevant: set[int], left_out: set[int]) -> int:
    """The documented order, one item at a time."""
    others = [other for other in range(len(scores)) if other not in relevant | left_out]
    above = sum(scores[other] > scores[item] for other in others)
    equal = sum(scores[other] == scores[item] for other in others)
    better_relevant = sum((scores[other], -other) > (scores[item], -item) for other in relevant)
    return 1 + above + equal // 2 + better_relevant


def test_a_single_relevant_item_ranks_behind_those_with_a_greater_score():
    scores = np.array([[0.1, 0.9, 0.5, 0.7]])
    block = rank_block(scores, relevant=pairs([{2}]), seen=NONE, never=NONE, list_length=2)
    assert ranks(block) == {(0, 1): 1, (0, 3): 2, (0, 2): 1 + 2}
    assert block.relevant_P.tolist() == [False, False, True]
    assert block.score_P.tolist() == pytest.approx([0.9, 0.7, 0.5])


def test_seen_items_leave_the_ranking_but_count_in_the_rank_that_keeps_them():
    scores = np.array([[0.9, 0.8, 0.7, 0.6]])
    block = rank_block(scores, relevant=pairs([{3}]), seen=pairs([{0, 1}]), never=NONE, list_length=4)
    assert ranks(block) == {(0, 2): 1, (0, 3): 2}
    assert ranks(block, "rank_seen_kept_P") == {(0, 2): 2 + 1, (0, 3): 2 + 2}


def test_what_is_no_candidate_counts_in_neither_rank():
    scores = np.array([[0.9, 0.8, 0.7]])
    block = rank_block(scores, relevant=pairs([{2}]), seen=NONE, never=pairs([{0}]), list_length=3)
    assert ranks(block) == ranks(block, "rank_seen_kept_P") == {(0, 1): 1, (0, 2): 2}


@pytest.mark.parametrize(("items", "middle"), [(5, 3), (101, 51), (4, 2)])
def test_a_constant_scorer_gets_the_middle_rank(items, middle):
    block = rank_block(np.zeros((1, items)), relevant=pairs([{0}]), seen=NONE, never=NONE, list_length=items)
    assert ranks(block)[0, 0] == middle == 1 + (items - 1) // 2
    assert sorted(block.rank_P) == list(range(1, items + 1))


def test_two_relevant_items_with_one_score_do_not_share_a_place():
    block = rank_block(np.zeros((1, 6)), relevant=pairs([{1, 4}]), seen=NONE, never=NONE, list_length=6)
    assert (ranks(block)[0, 1], ranks(block)[0, 4]) == (1 + 4 // 2, 1 + 4 // 2 + 1)


def test_a_list_longer_than_the_catalogue_holds_the_catalogue():
    block = rank_block(np.arange(3.0)[None], relevant=pairs([{0}]), seen=NONE, never=NONE, list_length=100)
    assert block.item_P.tolist() == [2, 1, 0]


@st.composite
def blocks(draw):
    lists, items = draw(st.integers(1, 5)), draw(st.integers(3, 12))
    levels = draw(st.sampled_from([2, 4, 1000]))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    scores = rng.integers(0, levels, size=(lists, items)).astype(np.float32)
    roles = rng.choice(4, size=(lists, items), p=[0.55, 0.2, 0.15, 0.1])
    roles[np.arange(lists), rng.integers(0, items, size=lists)] = 1
    relevant, seen, never = ([set(np.flatnonzero(row == role)) for row in roles] for role in (1, 2, 3))
    return scores, relevant, seen, never, draw(st.integers(1, items + 2))


@given(blocks())
def test_ranks_are_those_of_a_list_sorted_item_by_item(case):
    scores, relevant, seen, never, length = case
    block = rank_block(scores, pairs(relevant), pairs(seen), pairs(never), list_length=length)
    rank, kept = ranks(block), ranks(block, "rank_seen_kept_P")
    for at in range(len(scores)):
        for item in relevant[at]:
            assert rank[at, item] == naive_rank(scores[at], item, relevant[at], seen[at] | never[at])
            assert kept[at, item] == naive_rank(scores[at], item, relevant[at], never[at])


@given(blocks())
def test_the_first_places_are_taken_once_each_by_falling_scores(case):
    scores, relevant, seen, never, length = case
    block = rank_block(scores, pairs(relevant), pairs(seen), pairs(never), list_length=length)
    for at in range(len(scores)):
        of_list = block.list_P == at
        rank, score, item = block.rank_P[of_list], block.score_P[of_list], block.item_P[of_list]
        candidates = scores.shape[1] - len(seen[at]) - len(never[at])
        places = min(length, candidates)
        assert rank[:places].tolist() == list(range(1, places + 1))
        assert set(item[places:]) <= relevant[at] <= set(item)
        assert (np.diff(score) <= 0).all()
        assert not set(item) & (seen[at] | never[at])
        assert (score == scores[at][item]).all()
        kept = block.rank_seen_kept_P[of_list]
        assert len(set(kept)) == len(kept)
        assert (kept >= rank)[block.relevant_P[of_list]].all()


@given(blocks())
def test_ranks_survive_every_growing_change_of_the_scores(case):
    scores, relevant, seen, never, length = case
    arguments = (pairs(relevant), pairs(seen), pairs(never), length)
    grown = np.exp(scores / 500) * 3 - 7
    assert ranks(rank_block(scores, *arguments)) == ranks(rank_block(grown, *arguments))
