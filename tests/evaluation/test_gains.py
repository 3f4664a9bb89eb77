"""Relative gains under draws, and their mean over tasks."""

import numpy as np
import pytest

from mtrec_core.errors import UserError
from mtrec_core.evaluation.draws import Drawn
from mtrec_core.evaluation.gains import delta_m, delta_m_drawn, relative_gain


def drawn(metric: str, value: float, draws: list[float], rows: str = "same") -> Drawn:
    return Drawn(task="t", metric=metric, value=value, draws_S=np.array(draws), users=9, rows=rows)


def test_a_gain_is_taken_draw_by_draw_over_the_base_of_that_draw():
    found = relative_gain(drawn("auc", 0.66, [0.6, 0.7]), drawn("auc", 0.60, [0.5, 0.8]))
    assert found.value == pytest.approx((0.66 - 0.60) / 0.60)
    assert found.draws_S == pytest.approx([(0.6 - 0.5) / 0.5, (0.7 - 0.8) / 0.8])


def test_of_an_error_less_is_a_gain():
    found = relative_gain(drawn("rmse", 0.9, [0.9]), drawn("rmse", 1.2, [1.0]))
    assert found.value == pytest.approx((1.2 - 0.9) / 1.2)
    assert found.draws_S == pytest.approx([(1.0 - 0.9) / 1.0])


def test_a_draw_whose_base_is_0_is_left_out_of_the_interval():
    found = relative_gain(drawn("ndcg@10", 0.2, [0.1, 0.2, 0.3]), drawn("ndcg@10", 0.1, [0.0, 0.1, 0.1]))
    assert np.isnan(found.draws_S[0])
    assert found.interval(level=1.0) == pytest.approx((1.0, 2.0))


def test_there_is_no_gain_over_0_and_none_between_other_rows():
    assert relative_gain(drawn("auc", 0.5, [0.5]), drawn("auc", 0.0, [0.1])) is None
    with pytest.raises(UserError, match="different rows"):
        relative_gain(drawn("auc", 0.5, [0.5]), drawn("auc", 0.5, [0.5], rows="other"))


def test_delta_m_is_the_mean_gain_over_the_tasks_that_have_one():
    assert delta_m([0.1, -0.3, None]) == pytest.approx((0.1 - 0.3) / 2)
    assert delta_m([None]) is None


def test_delta_m_has_an_interval_draw_by_draw():
    a = relative_gain(drawn("auc", 0.6, [0.6, 0.7]), drawn("auc", 0.5, [0.5, 0.5]))
    b = relative_gain(drawn("rmse", 2.0, [1.0, 3.0]), drawn("rmse", 2.0, [2.0, 2.0]))
    mean = delta_m_drawn([a, b])
    assert mean.value == pytest.approx((0.1 / 0.5 + 0.0) / 2)
    assert mean.draws_S == pytest.approx([(0.2 + 0.5) / 2, (0.4 - 0.5) / 2])
    with pytest.raises(ValueError, match="none"):
        delta_m_drawn([])
