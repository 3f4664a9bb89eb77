"""Validation lists in arrays, so that the metric of any fusion of their scores comes at once. No torch here.

Shape suffixes: L = lists, P = candidates of a list, T = tasks, R = relevant candidates within the pools.
"""

import math
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from mtrec_core.errors import UserError
from mtrec_core.evaluation.stacking import stack_choices


class FusedLists:
    """Lists of candidates with a standardised score per task.

    `scores` has the columns row (the list), item, target (1 relevant, 0 not), task, score; a list needs the
    same candidates from each task. With a `pool` only so many first candidates of the leading task (the first
    one named) are reordered, as a recommendation does it: a relevant one behind them counts as missed.
    """

    def __init__(self, scores: pd.DataFrame, pool: int | None = None) -> None:
        self.tasks = tuple(str(task) for task in scores["task"].unique())
        wide = scores.pivot(index=["row", "item"], columns="task", values="score")[list(self.tasks)]
        score_T = wide.to_numpy(np.float64)
        target = scores.groupby(["row", "item"])["target"].max().reindex(wide.index).to_numpy() > 0
        list_of = pd.factorize(wide.index.get_level_values("row"))[0]
        lists = int(list_of.max()) + 1 if len(list_of) else 0
        self.relevant_L = np.bincount(list_of[target], minlength=lists)
        if pool is not None and self.tasks:
            leading = pd.Series(np.nan_to_num(score_T[:, 0], nan=-np.inf)).groupby(list_of)
            kept = (leading.rank(ascending=False, method="first") <= pool).to_numpy()
            score_T, target, list_of = score_T[kept], target[kept], list_of[kept]
        places = np.arange(len(list_of)) - np.searchsorted(list_of, list_of)
        longest = int(places.max()) + 1 if len(places) else 0
        score_LPT = np.full((lists, longest, len(self.tasks)), np.nan)
        score_LPT[list_of, places] = score_T
        self.is_there_LP = np.zeros((lists, longest), bool)
        self.is_there_LP[list_of, places] = True
        self.z_LPT = _standardised(score_LPT)
        self.list_R, self.place_R = list_of[target], places[target]

    def metric(self, weights: Mapping[str, float], k: int = 10) -> float:
        """NDCG@k of the order by the weighted sum of standardised scores; NaN without a relevant candidate.

        Candidates with an equal sum share the mean of their places, so a constant scorer gains nothing.
        """
        has_relevant_L = self.relevant_L > 0
        if not has_relevant_L.any():
            return math.nan
        fused_LP = self.z_LPT @ np.array([weights.get(task, 0.0) for task in self.tasks])
        fused_LP = np.where(self.is_there_LP, fused_LP, -np.inf)
        own_R1 = fused_LP[self.list_R, self.place_R][:, None]
        others_RP = fused_LP[self.list_R]
        rank_R = (others_RP > own_R1).sum(axis=1) + ((others_RP == own_R1).sum(axis=1) + 1) / 2
        gain_R = np.where(rank_R <= k, 1 / np.log2(1 + rank_R), 0.0)
        found_L = np.bincount(self.list_R, weights=gain_R, minlength=len(self.relevant_L))
        ideal = np.cumsum(1 / np.log2(1 + np.arange(1, k + 1)))
        best_L = ideal[np.clip(self.relevant_L, 1, k) - 1]
        return float((found_L / best_L)[has_relevant_L].mean())

    def learned_weights(self, risks: Collection[str]) -> dict[str, float]:
        """Task -> weight, sizes with sum 1, that make the relevant candidates most likely: conditional
        logistic. Those of `risks` are 0 or less, the others 0 or more. UserError when nothing is relevant."""
        sign_T = np.array([-1.0 if task in risks else 1.0 for task in self.tasks])
        list_n, place_n = np.nonzero(self.is_there_LP)
        is_relevant_LP = np.zeros(self.is_there_LP.shape)
        is_relevant_LP[self.list_R, self.place_R] = 1.0
        found = stack_choices(self.z_LPT[list_n, place_n] * sign_T, is_relevant_LP[list_n, place_n], list_n)
        weight_T = found.weight_R * sign_T  # + 0.0 below: -0.0 is 0
        size = float(np.abs(weight_T).sum())
        if not size > 0:
            raise UserError("No task helps to order the validation lists: every learned weight is 0.")
        return dict(zip(self.tasks, (weight_T / size + 0.0).tolist(), strict=True))


def _standardised(score_LPT: np.ndarray) -> np.ndarray:
    """Per list and task (score - mean) / spread; 0 where it is missing or all candidates have the same."""
    known_LPT = ~np.isnan(score_LPT)
    count_L1T = np.maximum(known_LPT.sum(axis=1, keepdims=True), 1)
    mean_L1T = np.where(known_LPT, score_LPT, 0.0).sum(axis=1, keepdims=True) / count_L1T
    away_LPT = np.where(known_LPT, score_LPT - mean_L1T, 0.0)
    spread_L1T = np.sqrt((away_LPT**2).sum(axis=1, keepdims=True) / count_L1T)
    differs = spread_L1T > 1e-12 * np.maximum(1.0, np.abs(mean_L1T))
    return np.where(differs, away_LPT / np.where(differs, spread_L1T, 1.0), 0.0)
