"""Bins of equal mass and the calibration error."""

import numpy as np
import pandas as pd
import pytest

from mtrec_core.evaluation.calibration import calibration_error, equal_mass_bins


def test_bins_hold_equally_many_rows():
    scores = np.random.default_rng(0).permutation(np.linspace(0, 1, 30))
    assert np.bincount(equal_mass_bins(scores, bins=15)).tolist() == [2] * 15


def test_equal_scores_stay_in_one_bin():
    bins = equal_mass_bins(np.array([0.1] * 7 + [0.9] * 3), bins=5)
    assert len(set(bins[:7])) == 1
    assert len(set(bins[7:])) == 1
    assert bins[0] < bins[-1]


def test_the_error_is_the_mean_distance_over_rows():
    target, score = np.repeat([0.0, 1.0, 1.0, 0.0], [3, 1, 1, 5]), np.repeat([0.2, 0.6], [4, 6])
    error = calibration_error(pd.Series(["u"] * 10), target, score).value()
    assert error == pytest.approx((4 * abs(0.2 - 1 / 4) + 6 * abs(0.6 - 1 / 6)) / 10)


def test_it_is_the_weighted_distance_of_the_bins():
    rng = np.random.default_rng(0)
    score = rng.random(1000)
    target = (rng.random(1000) < score**2).astype(float)
    bins = pd.DataFrame({"score": score, "target": target}).groupby(equal_mass_bins(score))
    distance = (bins["score"].mean() - bins["target"].mean()).abs()
    expected = np.average(distance, weights=bins.size())
    assert calibration_error(pd.Series(["u"] * 1000), target, score).value() == pytest.approx(expected)


def test_honest_probabilities_have_nearly_no_error():
    rng = np.random.default_rng(0)
    score = rng.random(30_000)
    target = (rng.random(30_000) < score).astype(float)
    users = pd.Series(["u"] * 30_000)
    assert calibration_error(users, target, score).value() < 0.015  # noise of 2,000 rows a bin is about 0.01
    assert calibration_error(users, target, score / 2).value() == pytest.approx(0.25, abs=0.02)
