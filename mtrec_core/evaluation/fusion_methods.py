"""The table of ways to make one score of several: what of each source is summed. No torch here.

Each way turns the scores of the sources into numbers that can be added, x_r; the fused score follows from
sum_r w_r x_r.

Shape suffixes: n = lines, R = sources, L = lists.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtrec_core.errors import UserError
from mtrec_core.evaluation.scored_lines import ScoredLines

SMALLEST = 1e-6
"""Probabilities are kept this far from 0 and 1 before a logarithm."""
RANK_OFFSET = 60
"""Of reciprocal rank fusion, as in its paper."""


@dataclass(frozen=True, kw_only=True)
class FusionMethod:
    """One row of the table of ways to fuse."""

    key: str
    title: str
    use: str
    """When to take it, in one sentence."""
    formula: str
    """The fused score s from the sources' scores s_r and the weights w_r, whose sizes sum to 1."""
    source: str
    options: tuple[str, ...] = ()
    gives_order_only: bool
    """Whether the fused score is no probability and no number in the label's unit, but only an order."""
    parts: Callable[[ScoredLines], np.ndarray]
    """x [n, R]"""


def averaged_parts(scored: ScoredLines) -> np.ndarray:
    """What is averaged: logits of probabilities, numbers as they are, scores of a list standardised in it."""
    kind, score_nR = scored.spec.kind, scored.score_nR
    if kind in ("binary", "multilabel"):
        p_nR = np.clip(score_nR, SMALLEST, 1 - SMALLEST)
        return np.log(p_nR) - np.log1p(-p_nR)
    if kind == "multiclass":
        return np.log(np.clip(score_nR, SMALLEST, 1))
    if kind == "regression":
        return score_nR
    return _standardised(score_nR, scored.list_n)


def reciprocal_ranks(scored: ScoredLines) -> np.ndarray:
    """1 / (60 + place); 0 where a source does not list it."""
    place_nR = places(scored)
    return np.where(np.isnan(scored.score_nR), 0.0, 1 / (RANK_OFFSET + place_nR))


def borda_points(scored: ScoredLines) -> np.ndarray:
    """The share of the list's other lines that stand below. What a source does not list shares the points
    that are left."""
    size_n = np.bincount(scored.list_n)[scored.list_n]
    return 1 - (places(scored) - 1) / np.maximum(size_n - 1, 1)[:, None]


def log_utilities(scored: ScoredLines) -> np.ndarray:
    """Logarithms of chances and numbers: of a retrieval the softmax over the list's candidates, of a risk the
    chance that it does not happen."""
    parts = []
    for kind, is_risk, score_n in zip(scored.kinds, scored.is_risk, scored.score_nR.T, strict=True):
        if kind in ("retrieval", "ranking"):
            parts.append(_log_softmax(score_n, scored.list_n))
        elif kind == "regression" and (score_n <= 0).any():
            raise UserError(
                f"The task {scored.names[len(parts)]} gives numbers of 0 or less; a product needs numbers "
                "above 0. Fuse by another method."
            )
        else:
            wanted_n = 1 - score_n if is_risk else score_n
            parts.append(np.log(np.maximum(wanted_n, SMALLEST)))
    return np.stack(parts, axis=1)


def places(scored: ScoredLines) -> np.ndarray:
    """float64 [n, R]: place from 1 in each source's order of a list; ties, and all that a source does not
    list, share the mean of their places."""
    below = pd.DataFrame(np.where(np.isnan(scored.score_nR), -np.inf, scored.score_nR))
    return below.groupby(scored.list_n).rank(ascending=False, method="average").to_numpy()


FUSION_METHODS: dict[str, FusionMethod] = {
    method.key: method
    for method in (
        FusionMethod(
            key="mean",
            title="Weighted average",
            use="The place to start: keeps how sure each source is, and can be learned.",
            formula="binary, tags: sigmoid(sum_r w_r logit s_r); classes: softmax(sum_r w_r log s_r); "
            "numbers: sum_r w_r s_r; lists: sum_r w_r (s_r - mean_r) / deviation_r, of the list",
            source="Genest & Zidek, Statistical Science 1986",
            gives_order_only=False,
            parts=averaged_parts,
        ),
        FusionMethod(
            key="rank",
            title="Reciprocal rank fusion",
            use="Where scores can't be compared and the first places matter: knows places only.",
            formula="sum_r w_r / (60 + place_r)",
            source="Cormack et al., SIGIR 2009",
            gives_order_only=True,
            parts=reciprocal_ranks,
        ),
        FusionMethod(
            key="borda",
            title="Borda count",
            use="Where scores can't be compared and all places count alike, as in a vote.",
            formula="sum_r w_r (c - place_r) / (c - 1), c lines in the list",
            source="Aslam & Montague, SIGIR 2001",
            gives_order_only=True,
            parts=borda_points,
        ),
        FusionMethod(
            key="utility",
            title="Expected value",
            use="To order by what an item is worth: p(click) p(purchase) price, of one run's tasks.",
            formula="value prod_r s_r^w_r, w_r not scaled; s_r is a retrieval's softmax over the list, "
            "1 - p of a risk",
            source="-",
            gives_order_only=True,
            parts=log_utilities,
        ),
    )
}


def fusion_method(key: str) -> FusionMethod:
    """The row of the table; UserError lists the known ones."""
    if key not in FUSION_METHODS:
        raise UserError(f"Unknown method '{key}' of fusion; known here: {', '.join(FUSION_METHODS)}.")
    return FUSION_METHODS[key]


def _standardised(score_nR: np.ndarray, list_n: np.ndarray) -> np.ndarray:
    """(score - mean) / deviation within each list; 0 where all are alike. What a source does not list gets
    that source's lowest of the list."""
    lists = pd.DataFrame(score_nR).groupby(list_n)
    mean_nR = lists.transform("mean").to_numpy()
    deviation_nR = lists.transform("std", ddof=0).to_numpy()
    differs_nR = deviation_nR > 1e-12 * np.maximum(1.0, np.abs(mean_nR))
    lowest_nR = lists.transform("min").to_numpy()
    filled_nR = np.where(np.isnan(score_nR), lowest_nR, score_nR)
    z_nR = (filled_nR - mean_nR) / np.where(differs_nR, deviation_nR, 1.0)
    return np.where(differs_nR, z_nR, 0.0)


def _log_softmax(score_n: np.ndarray, list_n: np.ndarray) -> np.ndarray:
    """Per list over what is listed; the lowest of the list for what is not."""
    column = pd.Series(score_n)
    lists = column.groupby(list_n)
    away_n = column - lists.transform("max")
    total_n = np.exp(away_n).groupby(list_n).transform("sum")
    found_n = away_n - np.log(total_n)
    return found_n.fillna(found_n.groupby(list_n).transform("min")).to_numpy()
