import numpy as np
import pytest

from mtrec_core.ui.charts.smoothing import debiased_ema, decayed_sums


def test_the_average_follows_the_formula():
    # s1 = .5*4 = 2, over 1 - .5; s2 = .5*2 + .5*8 = 5, over 1 - .25; s3 = .5*5 + .5*0 = 2.5, over 1 - .125
    np.testing.assert_allclose(debiased_ema(np.array([4, 8, 0]), 0.5), [4, 5 / 0.75, 2.5 / 0.875])


def test_the_start_is_not_pulled_towards_zero():
    np.testing.assert_allclose(debiased_ema(np.full(50, 3.0), 0.99), np.full(50, 3.0))


def test_weight_zero_changes_nothing():
    values = np.array([1.0, 5.0, 2.0])
    np.testing.assert_allclose(debiased_ema(values, 0), values)


def test_a_gap_stays_a_gap_and_does_not_move_the_average():
    with_gap = debiased_ema(np.array([4, np.nan, 8, np.inf, 0]), 0.5)
    np.testing.assert_allclose(with_gap[[0, 2, 4]], debiased_ema(np.array([4, 8, 0]), 0.5))
    assert np.isnan(with_gap[[1, 3]]).all()


def test_nothing_stays_nothing():
    assert len(debiased_ema(np.array([]), 0.5)) == 0


@pytest.mark.parametrize("weight", [-0.1, 1.0, 1.5])
def test_a_weight_out_of_its_range_is_refused(weight):
    with pytest.raises(ValueError, match="smoothing weight"):
        debiased_ema(np.array([1.0]), weight)


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("length", [1, 63, 64, 65, 5000])
def test_a_long_curve_is_summed_as_one_value_after_the_other_would_be(length, weight):
    values = np.random.default_rng(length).normal(3, 1, length)
    expected, last = [], 0.0
    for value in values:
        last = weight * last + value
        expected.append(last)
    np.testing.assert_allclose(decayed_sums(values, weight), expected, rtol=1e-12)
