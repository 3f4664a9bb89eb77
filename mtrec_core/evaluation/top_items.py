"""Ranks of a block of lists against the whole catalogue, without a loop over lists or items. No torch here.

Shape suffixes: b = lists of the block, N = items of the catalogue, K = items kept of a list,
P = (list, relevant item) or all (list, item) pairs, Q = (list, irrelevant item of the first K) pairs.

The order of a list: by falling score; among m irrelevant and some relevant items with an equal score come
floor(m/2) irrelevant ones, the relevant ones, the other irrelevant ones. So the place of a relevant item
follows from counting the irrelevant items above it, and a whole list is never sorted.
"""

from dataclasses import dataclass

import numpy as np

Pairs = tuple[np.ndarray, np.ndarray]
"""(list within the block, item), one pair at each position; lists ascending."""

CELLS_AT_ONCE = 1 << 18
"""Scores that are compared in one piece; about what a processor's cache holds."""


@dataclass(frozen=True, kw_only=True)
class RankedBlock:
    """Every relevant item and the first items of each list, by list and rank."""

    list_P: np.ndarray
    item_P: np.ndarray
    relevant_P: np.ndarray
    """bool [P]"""
    score_P: np.ndarray
    rank_P: np.ndarray
    """From 1; among what is left when the seen items are taken out."""
    rank_seen_kept_P: np.ndarray
    """From 1; among all candidates."""


def rank_block(
    scores_bN: np.ndarray, relevant: Pairs, seen: Pairs, never: Pairs, list_length: int
) -> RankedBlock:
    """Ranks of a block. `relevant`, `seen` and `never` (no candidate) share no pair; scores are finite."""
    items = scores_bN.shape[1]
    others_bN = scores_bN.astype(np.float32, copy=True)
    relevant_score_P, seen_score_P = others_bN[relevant], others_bN[seen]
    for pairs in (relevant, seen, never):
        others_bN[pairs] = -np.inf

    above_P, equal_P = _count_greater_and_equal(others_bN, relevant[0], relevant_score_P)
    before_P = above_P + equal_P // 2
    seen_above_P, seen_equal_P = _count_in_sets(seen[0], seen_score_P, relevant[0], relevant_score_P)
    before_seen_kept_P = above_P + seen_above_P + (equal_P + seen_equal_P) // 2

    top_bK = _top(others_bN, min(list_length, items))
    top_score_bK = np.take_along_axis(others_bN, top_bK, axis=1)
    candidate_bK = top_score_bK > -np.inf
    top_list_Q = np.nonzero(candidate_bK)[0]
    top_score_Q = top_score_bK[candidate_bK]
    place_Q = np.nonzero(candidate_bK)[1]
    seen_above_Q, _ = _count_in_sets(seen[0], seen_score_P, top_list_Q, top_score_Q)

    rank_P, rank_Q = _merge(relevant[0], before_P, relevant_score_P, top_list_Q, place_Q)
    kept_P, kept_Q = _merge(
        relevant[0], before_seen_kept_P, relevant_score_P, top_list_Q, place_Q + seen_above_Q
    )

    is_first_Q = rank_Q <= list_length
    list_P = np.concatenate([relevant[0], top_list_Q[is_first_Q]])
    rank_all_P = np.concatenate([rank_P, rank_Q[is_first_Q]])
    order = np.argsort(list_P * (items + 1) + rank_all_P)
    relevant_P = np.zeros(len(list_P), dtype=bool)
    relevant_P[: len(rank_P)] = True
    return RankedBlock(
        list_P=list_P[order],
        item_P=np.concatenate([relevant[1], top_bK[candidate_bK][is_first_Q]])[order],
        relevant_P=relevant_P[order],
        score_P=np.concatenate([relevant_score_P, top_score_Q[is_first_Q]])[order],
        rank_P=rank_all_P[order],
        rank_seen_kept_P=np.concatenate([kept_P, kept_Q[is_first_Q]])[order],
    )


def _count_greater_and_equal(
    scores_bN: np.ndarray, list_P: np.ndarray, score_P: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How many items of the pair's list have a greater score, and how many an equal one."""
    greater_P, equal_P = np.zeros(len(list_P), dtype=np.int64), np.zeros(len(list_P), dtype=np.int64)
    step = max(1, CELLS_AT_ONCE // max(1, scores_bN.shape[1]))
    one_each = np.array_equal(list_P, np.arange(len(scores_bN)))
    for first in range(0, len(list_P), step):
        part = slice(first, first + step)
        rows = scores_bN[part] if one_each else scores_bN[list_P[part]]
        greater_P[part] = np.count_nonzero(rows > score_P[part, None], axis=1)
        equal_P[part] = np.count_nonzero(rows == score_P[part, None], axis=1)
    return greater_P, equal_P


def _count_in_sets(
    set_list_P: np.ndarray, set_score_P: np.ndarray, list_Q: np.ndarray, score_Q: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each (list, score) of Q: how many scores in the list's own set are greater, and how many equal."""
    if not len(set_list_P):
        return np.zeros(len(list_Q), dtype=np.int64), np.zeros(len(list_Q), dtype=np.int64)
    _, code = np.unique(np.concatenate([set_score_P, score_Q]), return_inverse=True)
    levels = int(code.max(initial=0)) + 1
    sorted_P = np.sort(set_list_P * levels + code[: len(set_list_P)])
    key_Q = list_Q * levels + code[len(set_list_P) :]
    last_Q = np.searchsorted(sorted_P, key_Q, side="right")
    greater_Q = np.searchsorted(sorted_P, (list_Q + 1) * levels) - last_Q
    return greater_Q, last_Q - np.searchsorted(sorted_P, key_Q, side="left")


def _top(scores_bN: np.ndarray, count: int) -> np.ndarray:
    """int64 [b, count]: items with the highest scores, falling; which of several equal last ones is open."""
    top_bK = np.argpartition(scores_bN, scores_bN.shape[1] - count, axis=1)[:, scores_bN.shape[1] - count :]
    top_bK.sort(axis=1)
    order_bK = np.argsort(-np.take_along_axis(scores_bN, top_bK, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top_bK, order_bK, axis=1)


def _merge(
    list_P: np.ndarray, before_P: np.ndarray, score_P: np.ndarray, list_Q: np.ndarray, place_Q: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ranks from 1: of relevant items after `before` irrelevant ones, of irrelevant ones at `place`."""
    order = np.lexsort((-score_P, before_P, list_P))
    starts = np.searchsorted(list_P, list_P)
    rank_P = np.empty(len(list_P), dtype=np.int64)
    rank_P[order] = 1 + before_P[order] + np.arange(len(list_P)) - starts[order]
    levels = 2 + int(max(before_P.max(initial=0), place_Q.max(initial=0)))
    sorted_P = (list_P * levels + before_P)[order]
    relevant_above_Q = np.searchsorted(sorted_P, list_Q * levels + place_Q, side="right")
    relevant_above_Q -= np.searchsorted(sorted_P, list_Q * levels)
    return rank_P, 1 + place_Q + relevant_above_Q
