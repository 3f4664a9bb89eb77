"""Metrics of ranked lists: retrieval from its ranks, ranking from its grades and scores. No torch here.

Shape suffixes: n = lines of the predictions table, L = lists.
"""

import numpy as np
import pandas as pd

from mtrec_core.evaluation.measures import Measure, OrderMeasure, Steps, SumMeasure


def retrieval_measures(predictions: pd.DataFrame) -> dict[str, Measure]:
    """From the ranks of the relevant items; a list is what has one `row`. Every list counts once.

    NDCG@10 divides by the best that min(10, relevant) items can reach; recall@10 by all relevant items, so it
    stays below 1 where they are more than 10. MRR looks at the first relevant item, wherever it is.
    ValueError when a relevant item has no rank.
    """
    relevant = predictions[predictions["target"] > 0]
    list_n, row_L = pd.factorize(relevant["row"])
    user_L = relevant["user"][~relevant["row"].duplicated()]
    rank_n, kept_n = relevant["rank"].to_numpy(), relevant["rank_seen_kept"].to_numpy()
    if min(rank_n.min(initial=1), kept_n.min(initial=1)) < 1:
        raise ValueError("Ranks start at 1; some relevant items have none.")
    first_L = np.full(len(row_L), np.iinfo(np.int32).max)
    np.minimum.at(first_L, list_n, rank_n)
    values = {
        "ndcg@10": _ndcg(list_n, rank_n, 10),
        "recall@10": _recall(list_n, rank_n, 10),
        "hit@10": first_L <= 10,
        "mrr": 1 / first_L,
        "accuracy@1": first_L == 1,
        "ndcg@10_seen_kept": _ndcg(list_n, kept_n, 10),
        "recall@10_seen_kept": _recall(list_n, kept_n, 10),
    }
    return {name: SumMeasure.mean(user_L, value_L) for name, value_L in values.items()}


def coverage(predictions: pd.DataFrame, catalogue: int) -> float:
    """Share of the catalogue's items that stand among the first 10 of some list."""
    return predictions["item"][predictions["rank"] <= 10].nunique() / catalogue


def ranking_measures(predictions: pd.DataFrame) -> dict[str, Measure]:
    """From graded lines; a list is what has one `user` (the key of the group). A list without a grade above 0
    doesn't count.

    NDCG@10 gains 2^grade - 1 (Burges et al., ICML 2005). Lines with an equal score: NDCG takes the mean gain
    over their orders (McSherry & Najork, ECIR 2008), MRR puts half of the irrelevant ones before the relevant
    ones, MAP takes the precision at the last of them.
    """
    list_n, user_L = pd.factorize(predictions["user"])
    grade_n, score_n = predictions["target"].to_numpy(), predictions["score"].to_numpy()
    has_relevant_L = np.bincount(list_n, weights=grade_n > 0, minlength=len(user_L)) > 0
    users = pd.Series(user_L[has_relevant_L])
    average_precision = OrderMeasure.of_lines(predictions["user"], grade_n, score_n, Steps.average_precision)
    values = {
        "ndcg@10": graded_ndcg(list_n, grade_n, score_n, 10),
        "mrr": _reciprocal_rank(list_n, grade_n > 0, score_n),
        "map": average_precision.per_user(),
    }
    return {name: SumMeasure.mean(users, value_L[has_relevant_L]) for name, value_L in values.items()}


def graded_ndcg(list_n: np.ndarray, grade_n: np.ndarray, score_n: np.ndarray, k: int) -> np.ndarray:
    """float64 [L]: NDCG@k of lists 0, 1, ...; equal scores share their gain. NaN without a gain."""
    gain_n = 2.0 ** np.maximum(grade_n, 0) - 1
    best_L = _discounted(list_n, gain_n, np.lexsort((-gain_n, list_n)), k)
    order_n = np.lexsort((-score_n, list_n))
    tie_n = _ties(list_n[order_n], score_n[order_n])
    shared_n = np.empty(len(gain_n))
    shared_n[order_n] = (np.bincount(tie_n, weights=gain_n[order_n]) / np.bincount(tie_n))[tie_n]
    reached_L = _discounted(list_n, shared_n, order_n, k)
    return np.divide(reached_L, best_L, out=np.full(len(best_L), np.nan), where=best_L > 0)


def _discounted(list_n: np.ndarray, gain_n: np.ndarray, order_n: np.ndarray, k: int) -> np.ndarray:
    """DCG@k of each list, its lines taken in the given order (by list first)."""
    ordered_n = list_n[order_n]
    place_n = np.arange(len(order_n)) - np.searchsorted(ordered_n, ordered_n)
    counted_n = np.where(place_n < k, gain_n[order_n] / np.log2(place_n + 2), 0)
    return np.bincount(ordered_n, weights=counted_n)


def _ties(list_n: np.ndarray, score_n: np.ndarray) -> np.ndarray:
    """Number of the run of lines with one list and score, for sorted lines."""
    changes_n = (list_n[1:] != list_n[:-1]) | (score_n[1:] != score_n[:-1])
    return np.concatenate([[0], np.cumsum(changes_n)]) if len(list_n) else np.empty(0, dtype=np.int64)


def _reciprocal_rank(list_n: np.ndarray, relevant_n: np.ndarray, score_n: np.ndarray) -> np.ndarray:
    """float64 [L]: 1 / place of the first relevant line; 0 without one."""
    best_L = np.full(int(list_n.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(best_L, list_n[relevant_n], score_n[relevant_n])
    above_L = np.bincount(list_n, weights=score_n > best_L[list_n], minlength=len(best_L))
    tied_L = np.bincount(list_n, weights=~relevant_n & (score_n == best_L[list_n]), minlength=len(best_L))
    return np.where(best_L > -np.inf, 1 / (1 + above_L + tied_L // 2), 0)


def _ndcg(list_n: np.ndarray, rank_n: np.ndarray, k: int) -> np.ndarray:
    """float64 [L]: NDCG@k of items that are relevant or not."""
    reached_L = np.bincount(list_n, weights=np.where(rank_n <= k, 1 / np.log2(rank_n + 1.0), 0))
    best = np.concatenate([[0], np.cumsum(1 / np.log2(np.arange(2, k + 2)))])
    return reached_L / best[np.minimum(np.bincount(list_n), k)]


def _recall(list_n: np.ndarray, rank_n: np.ndarray, k: int) -> np.ndarray:
    """float64 [L]: share of the list's relevant items among its first k."""
    return np.bincount(list_n, weights=rank_n <= k) / np.bincount(list_n)
