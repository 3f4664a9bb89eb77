"""How well one column alone predicts a label on held-out rows. No torch here.

The held-out half is drawn by owner (the user, the item that the column describes), so that a column which is
merely constant per owner doesn't look like a leak when the label is constant per owner too.

Shape suffixes: R = rows, F = rows to learn from, H = held-out rows, V = distinct values.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

LabelScale = Literal["yes_no", "class", "number"]

AUC_LIMIT = 0.99
ERROR_LIMIT = 0.01
"""Share of held-out rows that a revealing column gets wrong, or of a number's variance that it leaves."""
FEWEST_OWNERS = 40
FEWEST_PER_ANSWER = 10
MOST_ROWS = 200_000
"""A larger table is judged by a sample of this size."""


@dataclass(frozen=True, kw_only=True)
class Reveal:
    """A column that gives a label away."""

    measure: Literal["AUC", "accuracy", "R2"]
    value: float


def find_reveal(
    column_R: np.ndarray, label_R: np.ndarray, owner_R: np.ndarray, scale: LabelScale
) -> Reveal | None:
    """Judge one column; None means that it is harmless, or that there are too few rows to say.

    `column_R` holds numbers (float64, NaN for empty cells), judged by their order or the nearest known value,
    or codes of categories (int, -1 for empty cells), judged by the mean or most frequent label of each.
    `label_R` holds 0/1, class codes or numbers; rows without a label (NaN) don't count. `owner_R` is codes.
    """
    known_R = np.flatnonzero(~np.isnan(label_R))
    if len(known_R) > MOST_ROWS:
        known_R = np.random.default_rng(0).choice(known_R, MOST_ROWS, replace=False)
    column_R, label_R = column_R[known_R], label_R[known_R]
    owner_R = pd.factorize(owner_R[known_R])[0]
    owners = owner_R.max(initial=-1) + 1
    if owners < FEWEST_OWNERS:
        return None
    held_R = (np.random.default_rng(0).permutation(owners) % 2 == 0)[owner_R]
    label_F, label_H = label_R[~held_R], label_R[held_R]
    if scale == "yes_no":
        positive_H = label_H > 0
        if min(positive_H.sum(), (~positive_H).sum()) < FEWEST_PER_ANSWER:
            return None
        value = max(_auc(score_H, positive_H) for score_H in _scores(column_R, label_F, held_R))
        return Reveal(measure="AUC", value=value) if value > AUC_LIMIT else None
    group_F, group_H = _groups(column_R, held_R)
    if scale == "class":
        guess_H = _most_frequent(group_F, group_H, label_F)
        error, blind_error = np.mean(guess_H != label_H), np.mean(pd.Series(label_F).mode()[0] != label_H)
        if error < ERROR_LIMIT and error < blind_error / 10:
            return Reveal(measure="accuracy", value=float(1 - error))
        return None
    spread = label_H.var()
    if spread == 0:
        return None
    error = np.mean((_means(group_F, group_H, label_F) - label_H) ** 2) / spread
    return Reveal(measure="R2", value=float(1 - error)) if error < ERROR_LIMIT else None


def _scores(column_R: np.ndarray, label_F: np.ndarray, held_R: np.ndarray) -> list[np.ndarray]:
    """Ways to read a column as a score for yes: numbers up or down, else the mean label of each category."""
    if column_R.dtype.kind == "f":
        low_H = np.nan_to_num(column_R[held_R], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        high_H = np.nan_to_num(column_R[held_R], nan=np.inf, posinf=np.inf, neginf=-np.inf)
        return [low_H, -low_H, high_H, -high_H]
    return [_means(*_groups(column_R, held_R), label_F)]


def _groups(column_R: np.ndarray, held_R: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes of equal values to learn from, and for each held-out row the code of its value (-1: unknown).

    A number takes the code of the nearest known number.
    """
    values_V, group_F = np.unique(column_R[~held_R], return_inverse=True, equal_nan=True)
    column_H = column_R[held_R]
    place_H = np.minimum(np.searchsorted(values_V, column_H), len(values_V) - 1)
    if column_R.dtype.kind == "f":
        below_H = np.maximum(place_H - 1, 0)
        with np.errstate(invalid="ignore"):
            nearer = np.abs(column_H - values_V[below_H]) < np.abs(values_V[place_H] - column_H)
        place_H = np.where(nearer | (np.isnan(values_V[place_H]) & ~np.isnan(column_H)), below_H, place_H)
        return group_F, np.where(np.isnan(column_H) & ~np.isnan(values_V[place_H]), -1, place_H)
    return group_F, np.where(values_V[place_H] == column_H, place_H, -1)


def _means(group_F: np.ndarray, group_H: np.ndarray, label_F: np.ndarray) -> np.ndarray:
    """The mean label of each held-out row's group; of all rows where the group is unknown."""
    mean_V = np.bincount(group_F, weights=label_F) / np.bincount(group_F)
    return np.where(group_H >= 0, mean_V[group_H], label_F.mean())


def _most_frequent(group_F: np.ndarray, group_H: np.ndarray, label_F: np.ndarray) -> np.ndarray:
    """The most frequent label of each held-out row's group; of all rows where the group is unknown."""
    pairs = pd.DataFrame({"group": group_F, "label": label_F}).value_counts(sort=False).reset_index()
    pairs = pairs.sort_values(["count", "label"], ascending=[False, True]).drop_duplicates("group")
    label_V = pairs.sort_values("group")["label"].to_numpy()
    return np.where(group_H >= 0, label_V[group_H], pd.Series(label_F).mode()[0])


def _auc(score_H: np.ndarray, positive_H: np.ndarray) -> float:
    """Area under the ROC curve; ties count half."""
    rank_H = pd.Series(score_H).rank().to_numpy()
    yes, no = int(positive_H.sum()), int((~positive_H).sum())
    return float((rank_H[positive_H].sum() - yes * (yes + 1) / 2) / (yes * no))
