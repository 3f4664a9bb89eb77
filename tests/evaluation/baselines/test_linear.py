"""Linear models and their probabilities, on matrices of one or two columns."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from mtrec_core.evaluation.baselines.linear import LinearModel, calibrate, fit_classes, fit_number, fit_tags


def model(link, outputs=1, **columns):
    """Hands its input through."""
    made = LinearModel(weights_VC=np.eye(outputs, dtype=np.float32), intercept_C=np.zeros(outputs), link=link)
    return replace(made, **columns)


def test_ridge_draws_the_slope_towards_zero():
    # x is -1, 1 twice each, y = 3 x: slope = sum x y / (sum x x + alpha) = 12 / (4 + 2)
    fitted = fit_number(sp.csr_matrix([[-1.0], [1], [-1], [1]]), np.array([-3.0, 3, -3, 3]), alpha=2.0)
    assert fitted.weights_VC.ravel() == pytest.approx([12 / (4 + 2)], rel=1e-3)
    assert (fitted.low, fitted.high) == (-3, 3)
    assert fitted.score(sp.csr_matrix([[1.0], [9.0]])).ravel() == pytest.approx([2, 3], rel=1e-3)


def test_a_curve_says_what_share_of_the_rows_was_a_yes():
    distances = sp.csr_matrix(np.array([[1.0]] * 10 + [[-1.0]] * 10))
    answers = np.array([True] * 8 + [False] * 2 + [True] * 1 + [False] * 9)[:, None]
    yes, no = 1 - 1 / (9 + 2), 1 / (11 + 2)
    expected = [(8 * yes + 2 * no) / 10, (1 * yes + 9 * no) / 10]
    fitted = calibrate(model("sigmoid"), distances, answers)
    assert fitted.score(sp.csr_matrix([[1.0], [-1.0]])).ravel() == pytest.approx(expected, abs=1e-3)


def test_few_rows_without_an_error_do_not_make_a_certainty():
    distances = sp.csr_matrix(np.array([[1.0]] * 3 + [[-1.0]] * 8))
    fitted = calibrate(model("sigmoid"), distances, np.array([True] * 3 + [False] * 8)[:, None])
    expected = [1 - 1 / (3 + 2), 1 / (8 + 2)]
    assert fitted.score(sp.csr_matrix([[1.0], [-1.0]])).ravel() == pytest.approx(expected, abs=1e-3)


def test_a_curve_that_turns_the_order_round_is_not_taken():
    distances = sp.csr_matrix(np.array([[1.0]] * 5 + [[-1.0]] * 5))
    turned = np.array([False] * 5 + [True] * 5)[:, None]
    fitted = calibrate(model("sigmoid"), distances, turned)
    assert (fitted.slope, fitted.offset) == (1, 0)


def test_a_temperature_sharpens_what_is_right_and_flattens_what_is_not():
    distances = sp.csr_matrix(np.array([[0.5, -0.5]] * 100))
    always = np.array([[True, False]] * 100)
    half = np.array([[True, False], [False, True]] * 50)
    sharp = calibrate(model("softmax", outputs=2), distances, always)
    flat = calibrate(model("softmax", outputs=2), distances, half)
    # all right: p = 1 - 1/102/2, so the slope is near ln(203) = 5.3; half right: as flat as is tried
    assert sharp.slope == pytest.approx(np.log(203), rel=0.2)
    assert flat.slope == 0.5


def test_classes_without_rows_stay_behind():
    rows = sp.csr_matrix(np.repeat(np.eye(3), 5, axis=0))
    fitted = fit_classes(rows, np.repeat([0, 2, 4], 5), classes=5, strength=1.0)
    scores = fitted.score(sp.csr_matrix(np.eye(3)))
    assert scores.argmax(axis=1).tolist() == [0, 2, 4]
    assert (scores[:, [1, 3]].max(axis=1) < scores[:, [0, 2, 4]].min(axis=1)).all()
    assert scores.sum(axis=1) == pytest.approx(np.ones(3))


def test_a_tag_of_all_or_no_rows_is_a_constant():
    has = np.array([[True, True, False], [False, True, False]] * 5)
    scores = fit_tags(sp.csr_matrix(np.array([[1.0], [-1.0]] * 5)), has, strength=1.0).score(
        sp.csr_matrix([[1.0], [-1.0]])
    )
    assert scores[0, 0] > scores[1, 0]
    assert scores[0, 1] == scores[1, 1] > 0.5 > scores[0, 2] == scores[1, 2]
