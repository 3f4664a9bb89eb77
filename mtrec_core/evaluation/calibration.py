"""Whether probabilities mean what they say: the calibration error. No torch here.

Shape suffixes: n = rows, B = bins.
"""

import numpy as np
import pandas as pd

from mtrec_core.evaluation.measures import SumMeasure, ratio

BINS = 15


def equal_mass_bins(score_n: np.ndarray, bins: int = BINS) -> np.ndarray:
    """int64 [n]: the bin of each score, from 0; equally many rows in each, but equal scores stay together."""
    if not len(score_n):
        return np.empty(0, dtype=np.int64)
    edges = np.quantile(score_n, np.arange(1, bins) / bins, method="inverted_cdf")
    return np.searchsorted(edges, score_n, side="left")


def calibration_error(user_n: pd.Series, target_n: np.ndarray, score_n: np.ndarray) -> SumMeasure:
    """Expected calibration error: mean over rows of |mean score - share of yes| of their bin.

    15 bins of equal mass (Nixon et al., CVPRW 2019), cut once from all rows; draws of users keep the bins.
    """
    part_nB = np.eye(BINS)[equal_mass_bins(score_n)] * (score_n - target_n)[:, None]
    parts = np.column_stack([part_nB, np.ones(len(score_n))])
    return SumMeasure.of_units(user_n, parts, _error_from_sums)


def _error_from_sums(sums: np.ndarray) -> np.ndarray:
    return ratio(np.abs(sums[..., :-1]).sum(axis=-1), sums[..., -1])
