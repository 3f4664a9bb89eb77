"""The Pareto front."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mtrec_core.evaluation.pareto import on_front

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
