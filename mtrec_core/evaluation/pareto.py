"""Which of several models no other one beats in every metric: the Pareto front. No torch here.

Shape suffixes: N = models, D = metrics.
"""

from collections.abc import Sequence

import numpy as np


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
