"""The Pareto front."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mtrec_core.evaluation.pareto import knee, on_front

NAN = float("nan")


def test_a_model_that_another_beats_in_every_metric_is_not_on_the_front():
    values = np.array([[0.5, 0.5], [0.6, 0.6], [0.7, 0.2]])
    assert on_front(values, (True, True)).tolist() == [False, True, True]


def test_an_error_counts_the_other_way():
    values = np.array([[0.5, 1.0], [0.6, 2.0], [0.4, 1.5]])
    assert on_front(values, (True, False)).tolist() == [True, True, False]


def test_equal_models_are_both_on_the_front():
    assert on_front(np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.9]]), (True, True)).tolist() == [
        True, True, False,
    ]  # fmt: skip


def test_a_model_without_a_metric_is_not_on_the_front_and_pushes_none_off():
    assert on_front(np.array([[0.9, NAN], [0.1, 0.1]]), (True, True)).tolist() == [False, True]


def test_three_metrics_keep_models_that_two_would_drop():
    values = np.array([[0.5, 0.5, 0.9], [0.6, 0.6, 0.1]])
    assert on_front(values, (True, True, True)).all()
    assert on_front(values[:, :2], (True, True)).tolist() == [False, True]


def test_a_front_of_nothing_is_empty():
    assert on_front(np.empty((0, 2)), (True, True)).tolist() == []


def test_a_direction_is_needed_for_each_metric():
    with pytest.raises(ValueError, match="1 metrics"):
        on_front(np.ones((2, 2)), (True,))


@settings(deadline=None)
@given(arrays(np.float64, (12, 3), elements=st.integers(0, 5)))
def test_whoever_is_off_the_front_is_beaten_by_someone_on_it(values):
    front = on_front(values, (True, True, True))
    assert front.any()
    for model in np.flatnonzero(~front):
        assert any((values[other] >= values[model]).all() for other in np.flatnonzero(front))


def test_the_knee_lies_farthest_above_the_line_through_the_extremes():
    # Scaled: (0, 1), (.2, .9), (.6, .8), (1, 0). Above x + y = 1 by .1, .4: (1.4 - 1) / sqrt(2).
    values = np.array([[10.0, 1.0], [12.0, 0.9], [16.0, 0.8], [20.0, 0.0], [11.0, 0.5]])
    found = knee(values, (True, True))
    assert found.model == 2
    assert found.distance == pytest.approx(0.4 / np.sqrt(2))


def test_of_an_error_the_knee_is_where_it_is_low():
    values = np.array([[10.0, -1.0], [12.0, -0.9], [16.0, -0.8], [20.0, 0.0]])
    assert knee(values, (True, False)).model == 2


def test_a_front_that_is_straight_or_hollow_has_no_knee():
    straight = np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    hollow = np.array([[0.0, 1.0], [0.3, 0.3], [1.0, 0.0]])
    assert knee(straight, (True, True)) is None
    assert knee(hollow, (True, True)) is None


def test_a_front_of_two_models_or_of_one_has_no_knee():
    assert knee(np.array([[0.0, 1.0], [1.0, 0.0]]), (True, True)) is None
    assert knee(np.array([[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]), (True, True)) is None
    assert knee(np.empty((0, 2)), (True, True)) is None


def test_three_metrics_have_a_plane():
    # Above x + y + z = 1 by .8 and .05.
    values = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0.6, 0.6, 0.6], [0.7, 0.35, 0.0]])
    found = knee(values, (True, True, True))
    assert (found.model, found.distance) == (3, pytest.approx(0.8 / np.sqrt(3)))


def test_extremes_that_are_one_model_span_no_plane():
    values = np.array([[1.0, 1.0, 0.0], [0.5, 0.5, 0.5], [0.1, 0.2, 0.9], [0.2, 0.1, 0.9], [0.0, 0.0, 1.0]])
    assert knee(values, (True, True, True)) is None


@settings(deadline=None)
@given(arrays(np.float64, (8, 2), elements=st.integers(0, 9)), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_scale_of_a_metric_does_not_move_the_knee(values, scale, shift):
    found, moved = knee(values, (True, True)), knee(values * [scale, 1] + [shift, 0], (True, True))
    assert (found is None) == (moved is None)
    if found is not None:
        assert moved.distance == pytest.approx(found.distance, abs=1e-6)
