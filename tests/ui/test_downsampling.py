import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.ui.charts.downsampling import thin


def test_a_short_curve_is_kept_as_it_is():
    steps, values = np.arange(5), np.array([1.0, np.nan, 3.0, 2.0, 5.0])
    kept = thin(steps, values, most=5)
    np.testing.assert_array_equal(kept.x, steps)
    np.testing.assert_array_equal(kept.y, values)
    assert kept.low is None
    assert kept.high is None


def test_a_long_curve_keeps_as_many_points_as_asked_with_its_ends():
    steps = np.arange(10_000)
    kept = thin(steps, np.sin(steps / 500), most=300)
    assert len(kept.x) == 300
    assert (kept.x[0], kept.x[-1]) == (0, 9_999)
    assert (np.diff(kept.x) > 0).all()


def test_a_single_spike_survives():
    values = np.zeros(50_000)
    values[31_234] = 7.0
    kept = thin(np.arange(50_000), values, most=500)
    assert kept.y[kept.x == 31_234].tolist() == [7.0]


def test_the_envelope_holds_every_value_that_was_left_out():
    values = np.random.default_rng(1).normal(size=20_000)
    kept = thin(np.arange(20_000), values, most=400)
    assert kept.low is not None
    assert kept.high is not None
    assert kept.low.min() == values.min()
    assert kept.high.max() == values.max()
    assert (kept.low <= kept.y).all()
    assert (kept.y <= kept.high).all()


def test_values_that_are_not_finite_are_left_out_of_a_long_curve():
    values = np.linspace(0, 1, 9_000)
    values[::3] = np.nan
    kept = thin(np.arange(9_000), values, most=200)
    assert np.isfinite(kept.y).all()


def test_a_straight_line_stays_straight():
    kept = thin(np.arange(8_000) * 10, np.arange(8_000) * 2.0, most=100)
    np.testing.assert_allclose(kept.y, kept.x / 5)


@given(length=st.integers(0, 3_000), most=st.integers(3, 400), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_any_curve_gives_at_most_what_was_asked_in_rising_order(length, most, seed):
    values = np.random.default_rng(seed).normal(size=length)
    kept = thin(np.arange(length), values, most=most)
    assert len(kept.x) == len(kept.y) <= max(most, 0) or length <= most
    assert (np.diff(kept.x) > 0).all()
    assert set(kept.y) <= set(values)


@pytest.mark.parametrize("length", [301, 302, 1_199, 1_200, 1_201])
def test_curves_a_little_longer_than_asked_lose_a_few_points(length):
    assert len(thin(np.arange(length), np.random.default_rng(2).normal(size=length), most=300).x) == 300
