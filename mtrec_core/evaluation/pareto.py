"""Which of several models no other one beats in every metric: the Pareto front, and its knee. No torch here.

Shape suffixes: N = models, M = models on the front, D = metrics.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FLAT = 1e-9
"""A model that lies no higher above the hyperplane lies on it."""


def on_front(values_ND: np.ndarray, higher_is_better: Sequence[bool]) -> np.ndarray:
    """bool [N]: True where no other model is at least as good in every metric and better in one.

    A model that lacks a metric (NaN) is not on the front and pushes none off it. Of models that are equal in
    every metric all are on the front.
    """
    values_ND = np.asarray(values_ND, dtype=np.float64)
    if values_ND.ndim != 2 or values_ND.shape[1] != len(higher_is_better):
        raise ValueError(
            f"Values of shape {values_ND.shape} for {len(higher_is_better)} metrics; a row per model, please."
        )
    gain_ND = np.where(np.asarray(higher_is_better, dtype=bool), values_ND, -values_ND)
    known_N = np.asarray(~np.isnan(gain_ND).any(axis=1))
    front_N = known_N.copy()
    for model in np.flatnonzero(known_N):
        as_good_N = (gain_ND >= gain_ND[model]).all(axis=1)
        better_N = (gain_ND > gain_ND[model]).any(axis=1)
        front_N[model] = not (as_good_N & better_N & known_N).any()
    return front_N


@dataclass(frozen=True, kw_only=True)
class Knee:
    """The model of a front that gives up least for what it gains, as far as the front bulges."""

    model: int
    """Its place among all models."""
    distance: float
    """From the hyperplane through the extreme models, where each metric goes from 0 to 1 on the front."""


def knee(values_ND: np.ndarray, higher_is_better: Sequence[bool]) -> Knee | None:
    """The model on the front that lies farthest above the hyperplane through the front's extreme models.

    Each metric is scaled to 0..1 over the front, 1 being best; the extreme models are the best in one metric
    each (of several the one whose other metrics are best). Das, "On characterizing the knee of the Pareto
    curve based on normal-boundary intersection", Structural Optimization 18, 1999, with the front's own
    models in place of the optimum along each normal. None where the front has no more models than metrics,
    where its extremes span no plane, or where no model lies above it: such a front has no knee, and any
    choice on it is a matter of taste.
    """
    values_ND = np.asarray(values_ND, dtype=np.float64)
    models = np.flatnonzero(on_front(values_ND, higher_is_better))
    gain_MD = np.where(np.asarray(higher_is_better, dtype=bool), values_ND, -values_ND)[models]
    metrics = gain_MD.shape[1]
    if len(models) <= metrics:
        return None
    low_D, high_D = gain_MD.min(axis=0), gain_MD.max(axis=0)
    if (high_D == low_D).any():
        return None
    scaled_MD = (gain_MD - low_D) / (high_D - low_D)
    extremes = [
        max(range(len(models)), key=lambda m: (scaled_MD[m, d], scaled_MD[m].sum())) for d in range(metrics)
    ]
    corners_DD = scaled_MD[extremes]
    if np.linalg.matrix_rank(corners_DD) < metrics:
        return None
    normal_D = np.linalg.solve(corners_DD, np.ones(metrics))
    if (normal_D <= 0).any():  # the plane leans away from the best of all: above it is not better
        return None
    distance_M = (scaled_MD @ normal_D - 1) / np.linalg.norm(normal_D)
    best = int(distance_M.argmax())
    if distance_M[best] <= FLAT:
        return None
    return Knee(model=int(models[best]), distance=float(distance_M[best]))
