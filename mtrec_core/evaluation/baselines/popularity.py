"""How often a target occurs, or how its rows were labelled on average. No torch here."""

import numpy as np
import pandas as pd

from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.evaluation.pointwise import scored_input

PRIOR_ROWS = 10
"""The overall mean counts as much as so many rows of an item: an item with few rows stays close to it."""


def popularity(problem: Problem) -> pd.DataFrame | None:
    """Counts of train targets for retrieval; else the smoothed mean label of the item that the row is about.

    Smoothed: (sum of the item's labels + PRIOR_ROWS * overall mean) / (its rows + PRIOR_ROWS).
    None without train rows, and, but for retrieval, when that input has no key or none occurs twice.
    """
    rows = problem.data.rows("train")
    position = scored_input(problem.spec)
    codes_R, entity = problem.data.inputs[position], problem.entity(position)
    if not len(rows):
        return None
    counts_N = target_counts(problem)
    if problem.spec.kind == "retrieval":
        return problem.predictions(lambda rows_B: np.broadcast_to(counts_N, (len(rows_B), len(counts_N))))
    if entity.spec.key is None or counts_N.max() < 2:
        return None
    labels = problem.data.label_R[rows].astype(np.float64)
    sums_N = np.bincount(codes_R[rows], weights=labels, minlength=len(entity))
    means_N = (sums_N + PRIOR_ROWS * labels.mean()) / (counts_N + PRIOR_ROWS)
    return problem.predictions(lambda rows_B: means_N[codes_R[rows_B]])


def target_counts(problem: Problem) -> np.ndarray:
    """float32 [N]: train rows of each target, or of each item that a row is about."""
    position, rows = scored_input(problem.spec), problem.data.rows("train")
    codes_R, count = problem.data.inputs[position], len(problem.entity(position))
    return np.bincount(codes_R[rows], minlength=count).astype(np.float32)
