"""Smoothing of noisy curves. No torch here.

N = values, K = values of a stretch, S = stretches.
"""

import numpy as np

STRETCH = 64
"""Values that one matrix product takes together."""


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
        sums = decayed_sums((1 - weight) * known, weight)
        smooth[finite] = sums / (1 - weight ** np.arange(1, len(known) + 1))
    return smooth


def decayed_sums(values_N: np.ndarray, weight: float) -> np.ndarray:
    """s_n = w s_(n-1) + x_n with s_0 = 0, for 0 <= w < 1.

    Stretch by stretch as a matrix product; what each stretch hands to the next is a sum of the same kind.
    scipy.signal has this as `lfilter`, and takes a second to import, which the first page would wait for.
    """
    size = min(len(values_N), STRETCH)
    places_K = np.arange(size)
    age_KK = places_K[:, None] - places_K
    decay_KK = np.where(age_KK >= 0, weight ** np.maximum(age_KK, 0), 0.0)
    stretches_SK = np.zeros((-(-len(values_N) // size), size))
    stretches_SK.ravel()[: len(values_N)] = values_N
    sums_SK = stretches_SK @ decay_KK.T
    if len(sums_SK) > 1:
        ends_S = decayed_sums(sums_SK[:-1, -1], weight**size)
        sums_SK[1:] += ends_S[:, None] * weight ** (places_K + 1)
    return sums_SK.ravel()[: len(values_N)]
