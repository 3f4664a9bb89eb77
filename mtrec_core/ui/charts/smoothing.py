"""Smoothing of noisy curves. No torch here."""

import numpy as np
from scipy.signal import lfilter


def debiased_ema(values: np.ndarray, weight: float) -> np.ndarray:
    """Exponential moving average whose start is not pulled towards 0: s_n / (1 - w^n), where
    s_n = w s_(n-1) + (1 - w) x_n and s_0 = 0.

    `weight` lies from 0 (no smoothing) to below 1. NaN stays NaN and doesn't move the average. The correction
    is that of Adam (Kingma and Ba, 2015).
    """
    if not 0 <= weight < 1:
        raise ValueError(f"The smoothing weight is {weight}; it must be at least 0 and below 1.")
    values = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(values)
    smooth = np.full(len(values), np.nan)
    known = values[finite]
    if len(known):
        sums = lfilter([1 - weight], [1, -weight], known)
        smooth[finite] = sums / (1 - weight ** np.arange(1, len(known) + 1))
    return smooth
