"""A fusion from its parts to a predictions table, and its weights learned on answers. No torch here.

Shape suffixes: n = lines, R = sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtrec_core.errors import UserError
from mtrec_core.evaluation.fusion_methods import fusion_method
from mtrec_core.evaluation.predictions import COLUMNS
from mtrec_core.evaluation.scored_lines import ScoredLines
from mtrec_core.evaluation.stacking import Stacked, stack_choices, stack_numbers, stack_yes_no


@dataclass(frozen=True, kw_only=True)
class Blend:
    """All that a fusion needs beside the scores."""

    method: str
    """Key of `fusion_methods.FUSION_METHODS`."""
    weights: dict[str, float]
    """Source -> weight, the sizes with sum 1; of an expected value as given."""
    slope: float = 1.0
    """Multiplies the weighted sum; other than 1 only where it was learned."""
    intercept: float = 0.0


def learned_blend(scored: ScoredLines, method: str) -> Blend:
    """Weights of 0 or more (of a risk 0 or less) that fit the answers best, learned on validation lines.

    Logistic for yes and no and for tags, conditional logistic for classes and lists, least squares for
    numbers. UserError for an expected value, or when the answers say nothing.
    """
    if method == "utility":
        raise UserError("An expected value has no weights to learn; give them, or take equal ones.")
    listed_n = scored.is_listed_n
    sign_R = np.where(scored.is_risk, -1.0, 1.0)
    x_nR = fusion_method(method).parts(scored)[listed_n] * sign_R
    target_n = scored.lines["target"].to_numpy(np.float64)[listed_n]
    found = _stacked(scored.spec.kind, x_nR, target_n, scored.list_n[listed_n])
    total = float(found.weight_R.sum())
    if not total > 0:
        raise UserError(
            f"No source helps with the task {scored.spec.name} on validation: every learned weight is 0."
        )
    share_R = found.weight_R * sign_R / total + 0.0  # -0.0 is 0
    shares = dict(zip(scored.names, share_R.tolist(), strict=True))
    return Blend(method=method, weights=shares, slope=total, intercept=found.intercept)


def _stacked(kind: str, x_nR: np.ndarray, target_n: np.ndarray, list_n: np.ndarray) -> Stacked:
    if kind in ("binary", "multilabel"):
        return stack_yes_no(x_nR, target_n > 0)
    if kind == "regression":
        return stack_numbers(x_nR, target_n)
    return stack_choices(x_nR, (target_n > 0).astype(np.float64), list_n)


def fused_table(scored: ScoredLines, blend: Blend, values: Mapping[str, float] | None = None) -> pd.DataFrame:
    """The predictions table of a fusion. `values`: item -> what it is worth, a factor of an expected value.

    UserError for a method that gives an order where the task asks for a number.
    """
    method = fusion_method(blend.method)
    if method.gives_order_only and scored.spec.kind == "regression":
        raise UserError(
            f"{method.title} gives an order, and the task {scored.spec.name} asks for a number. Take the "
            "weighted average."
        )
    weight_R = np.array([blend.weights[name] for name in scored.names])
    if blend.method == "utility":
        weight_R = np.abs(weight_R)
    total_n = method.parts(scored) @ weight_R
    if values is not None:
        total_n = total_n + np.log(_worth(scored, values))
    score_n = total_n if method.gives_order_only else _in_units(scored, blend, total_n)
    listed_n = scored.is_listed_n
    score_n = np.where(listed_n, score_n, np.min(score_n, where=listed_n, initial=np.inf))
    table = scored.lines.assign(task=scored.spec.name, split=scored.split, score=score_n)
    rank_n = _ranks(scored, score_n) if scored.spec.kind == "retrieval" else 0
    text = pd.StringDtype("pyarrow")
    return table.assign(rank=rank_n, rank_seen_kept=rank_n)[list(COLUMNS)].astype(
        {"task": text, "split": text, "rank": "int32", "rank_seen_kept": "int32"}
    )


def _in_units(scored: ScoredLines, blend: Blend, total_n: np.ndarray) -> np.ndarray:
    """A weighted average as a probability, or the number in its own unit; an order stays as it is."""
    kind, value_n = scored.spec.kind, blend.intercept + blend.slope * total_n
    if kind in ("binary", "multilabel"):
        return 1 / (1 + np.exp(-value_n))
    if kind == "multiclass":
        away_n = value_n - pd.Series(value_n).groupby(scored.list_n).transform("max").to_numpy()
        return np.exp(away_n) / np.bincount(scored.list_n, weights=np.exp(away_n))[scored.list_n]
    return value_n


def _ranks(scored: ScoredLines, score_n: np.ndarray) -> np.ndarray:
    """Place of each line in its list; equal scores stand in the middle of their places, as everywhere. What
    no source lists stands behind all that some source does."""
    listed_n = scored.is_listed_n
    known = pd.Series(np.where(listed_n, score_n, -np.inf))
    return np.floor(known.groupby(scored.list_n).rank(ascending=False, method="average")).to_numpy()


def _worth(scored: ScoredLines, values: Mapping[str, float]) -> np.ndarray:
    worth_n = scored.lines["item"].map(values).to_numpy(np.float64)
    bad = ~(worth_n > 0)
    if bad.any():
        item = scored.lines["item"][bad].iloc[0]
        raise UserError(
            f"An expected value needs a number above 0 for each item; {item} has {worth_n[bad][0]:g}."
        )
    return worth_n
