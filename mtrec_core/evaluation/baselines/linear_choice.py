"""The linear model that validation likes best, for every form of label. No torch here."""

from collections.abc import Callable, Mapping

import numpy as np
import scipy.sparse as sp

from mtrec_core.evaluation.baselines.linear import (
    LinearModel,
    calibrate,
    fit_binary,
    fit_classes,
    fit_number,
    fit_tags,
)
from mtrec_core.evaluation.baselines.problem import Problem

Matrix = Callable[[np.ndarray], sp.csr_matrix]
"""Positions of rows [B] -> float32 [B, V], what the model reads of them."""

STRENGTHS: dict[str, tuple[float, ...]] = {
    "binary": (0.1, 0.3, 1.0, 3.0, 10.0),
    "multiclass": (0.1, 0.3, 1.0),
    "multilabel": (0.1, 0.3, 1.0),
    "regression": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
    "ranking": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
}
"""What is tried: C of logistic regression and support vectors, alpha of ridge."""


def fit_linear(
    problem: Problem, matrix: Matrix, strengths: Mapping[str, tuple[float, ...]] = STRENGTHS
) -> LinearModel | None:
    """Fitted to at most as many training rows, drawn at random, as the settings afford, with the strength
    that has the best headline metric on validation; None where nothing can be learned: no rows, no features,
    one class."""
    rows = problem.draw(problem.data.rows("train"), problem.settings.max_rows)
    if not len(rows):
        return None
    rows = _affordable(problem, matrix, rows)
    train = matrix(rows)
    if not train.nnz or _has_one_answer(problem, rows):
        return None
    return _choose(problem, matrix, train, rows, strengths[problem.spec.kind])


def scores_of(problem: Problem, model: LinearModel, features_BV: sp.csr_matrix) -> np.ndarray:
    """[B, C] for classes and tags, else [B]."""
    scores_BC = model.score(features_BV)
    return scores_BC if problem.data.classes else scores_BC[:, 0]


def _affordable(problem: Problem, matrix: Matrix, rows: np.ndarray) -> np.ndarray:
    """As many of the rows, drawn at random, as `max_cells` and `max_work` allow."""
    sample = problem.draw(rows, 512)
    cells_per_row = max(1.0, matrix(sample).nnz / len(sample))
    return problem.draw(rows, problem.settings.affordable_rows(cells_per_row, len(problem.data.classes)))


def _choose(
    problem: Problem, matrix: Matrix, train: sp.csr_matrix, rows: np.ndarray, strengths: tuple[float, ...]
) -> LinearModel:
    """Without validation, the middle strength."""
    tuning = problem.draw(np.arange(len(rows)), problem.settings.tuning_rows)
    if _has_one_answer(problem, rows[tuning]):
        tuning = np.arange(len(rows))
    held_out_rows = problem.held_out_rows()
    held_out = matrix(held_out_rows)
    best, best_quality, model = strengths[len(strengths) // 2], -np.inf, None
    for strength in strengths if len(held_out_rows) else ():
        tried = _fit(problem, train[tuning], rows[tuning], strength)
        table = problem.table("validation", held_out_rows, scores_of(problem, tried, held_out))
        quality = problem.quality(table)
        if quality > best_quality:
            best, best_quality, model = strength, quality, tried
    if model is None or len(tuning) < len(rows):
        model = _fit(problem, train, rows, best)
    if model.link == "identity" or not len(held_out_rows):
        return model
    return calibrate(model, held_out, _answers(problem, held_out_rows))


def _fit(problem: Problem, train: sp.csr_matrix, rows: np.ndarray, strength: float) -> LinearModel:
    data, kind = problem.data, problem.spec.kind
    if kind == "multilabel":
        return fit_tags(train, data.label_matrix(rows), strength)
    label_B = data.label_R[rows]
    if kind == "multiclass":
        return fit_classes(train, label_B.astype(np.int64), len(data.classes), strength)
    return fit_binary(train, label_B, strength) if kind == "binary" else fit_number(train, label_B, strength)


def _answers(problem: Problem, rows: np.ndarray) -> np.ndarray:
    """bool [B, C]: what is true of each row; C is 1 for yes or no."""
    if problem.data.classes:
        return problem.data.label_matrix(rows)
    return problem.data.label_R[rows][:, None] > 0


def _has_one_answer(problem: Problem, rows: np.ndarray) -> bool:
    """Whether the rows leave nothing to tell apart."""
    return problem.spec.kind != "multilabel" and len(np.unique(problem.data.label_R[rows])) < 2
