"""Metrics counted again with other weights of the users."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from mtrec_core.evaluation.measures import OrderMeasure, Steps, SumMeasure


def users(codes: np.ndarray) -> pd.Series:
    return pd.Series([f"u{code}" for code in codes])


def test_a_mean_weighs_each_user_by_the_draw():
    """Users u0 with 1 and 3, u1 with 8; u0 drawn twice, u1 not at all, then the other way round."""
    mean = SumMeasure.mean(users(np.array([0, 1, 0])), np.array([1.0, 8.0, 3.0]))
    assert mean.value() == (1 + 8 + 3) / 3
    assert mean.per_user().tolist() == [(1 + 3) / 2, 8]
    assert mean.resampled(np.array([[2.0, 0.0], [0.0, 2.0]])).tolist() == [(1 + 3) / 2, 8]


def test_a_mean_over_nobody_is_undefined():
    assert np.isnan(SumMeasure.mean(users(np.array([0])), np.array([1.0])).resampled(np.zeros((1, 1)))).all()


@pytest.mark.parametrize("levels", [5, 1000])
@pytest.mark.parametrize(
    ("statistic", "reference"),
    [(Steps.auc, roc_auc_score), (Steps.average_precision, average_precision_score)],
)
def test_a_draw_of_users_gives_what_scikit_learn_gives_for_repeated_rows(levels, statistic, reference):
    rng = np.random.default_rng(0)
    code, target = rng.integers(0, 12, 80), rng.random(80) < 0.3
    score = rng.integers(0, levels, 80).astype(np.float32)
    measure = OrderMeasure.of_lines(users(code), target, score, statistic)
    assert measure.value() == pytest.approx(reference(target, score))

    times = rng.integers(0, 4, (12, 5))
    position = measure.users.get_indexer(users(code))
    for draw, value in enumerate(measure.resampled(times.astype(float))):
        repeated = np.repeat(np.arange(80), times[position, draw])
        assert value == pytest.approx(reference(target[repeated], score[repeated]))


@pytest.mark.parametrize(
    ("statistic", "reference"),
    [(Steps.auc, roc_auc_score), (Steps.average_precision, average_precision_score)],
)
def test_segments_are_ordered_each_by_itself_and_averaged(statistic, reference):
    rng = np.random.default_rng(1)
    segment, target, score = rng.integers(0, 4, 90), rng.random(90) < 0.4, rng.integers(0, 30, 90)
    measure = OrderMeasure.of_lines(users(np.arange(90)), target, score, statistic, segment)
    parts = [reference(target[segment == one], score[segment == one]) for one in range(4)]
    assert measure.value() == pytest.approx(np.mean(parts))
    assert measure.resampled(np.ones((90, 2))) == pytest.approx([np.mean(parts)] * 2)


def test_a_segment_without_positives_is_left_out_of_the_mean():
    target, score, segment = np.array([1, 0, 0, 0]), np.array([0.1, 0.9, 0.5, 0.6]), np.array([0, 0, 1, 1])
    lines = users(np.arange(4))
    assert OrderMeasure.of_lines(lines, target, score, Steps.auc, segment).value() == 0
    assert OrderMeasure.of_lines(lines, target, score, Steps.average_precision, segment).value() == 1 / 2


def test_each_users_own_order():
    code, target = np.array([0, 0, 1, 1, 2]), np.array([1, 0, 1, 0, 1])
    measure = OrderMeasure.of_lines(users(code), target, np.array([0.9, 0.1, 0.2, 0.3, 0.5]), Steps.auc)
    assert measure.per_user().tolist() == pytest.approx([1, 0, np.nan], nan_ok=True)
