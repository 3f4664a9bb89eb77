"""TF-IDF and a linear model, the baseline that is hard to beat on texts. No torch here."""

import numpy as np
import pandas as pd
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
from mtrec_core.evaluation.baselines.row_features import RowFeatures
from mtrec_core.evaluation.baselines.text_vectors import text_vectors
from mtrec_core.evaluation.baselines.tfidf_retrieval import tfidf_retrieval

STRENGTHS: dict[str, tuple[float, ...]] = {
    "binary": (0.1, 0.3, 1.0, 3.0, 10.0),
    "multiclass": (0.1, 0.3, 1.0),
    "multilabel": (0.1, 0.3, 1.0),
    "regression": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
    "ranking": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
}
"""What is tried: C of logistic regression and support vectors, alpha of ridge."""


def tfidf_linear(problem: Problem) -> pd.DataFrame | None:
    """The baseline for every kind; None where nothing can be learned: no features, one class, no rows."""
    rows = problem.draw(problem.data.rows("train"), problem.settings.max_rows)
    if not len(rows):
        return None
    texts = text_vectors(problem, rows)
    if problem.spec.kind == "retrieval":
        return None if texts is None else tfidf_retrieval(problem, texts, rows)
    features = RowFeatures.fit(problem, texts, rows)
    rows = _affordable(problem, features, rows)
    train = features.matrix(rows)
    if not train.nnz or _has_one_answer(problem, rows):
        return None
    model = _choose(problem, features, train, rows)
    return problem.predictions(lambda rows_B: _scores(problem, model, features.matrix(rows_B)))


def _affordable(problem: Problem, features: RowFeatures, rows: np.ndarray) -> np.ndarray:
    """As many of the rows, drawn at random, as `max_cells` and `max_work` allow."""
    sample = problem.draw(rows, 512)
    cells_per_row = max(1.0, features.matrix(sample).nnz / len(sample))
    return problem.draw(rows, problem.settings.affordable_rows(cells_per_row, len(problem.data.classes)))


def _choose(problem: Problem, features: RowFeatures, train: sp.csr_matrix, rows: np.ndarray) -> LinearModel:
    """The strength with the best headline metric on validation; without validation the middle one."""
    strengths = STRENGTHS[problem.spec.kind]
    tuning = problem.draw(np.arange(len(rows)), problem.settings.tuning_rows)
    if _has_one_answer(problem, rows[tuning]):
        tuning = np.arange(len(rows))
    held_out_rows = problem.held_out_rows()
    held_out = features.matrix(held_out_rows)
    best, best_quality, model = strengths[len(strengths) // 2], -np.inf, None
    for strength in strengths if len(held_out_rows) else ():
        tried = _fit(problem, train[tuning], rows[tuning], strength)
        table = problem.table("validation", held_out_rows, _scores(problem, tried, held_out))
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


def _scores(problem: Problem, model: LinearModel, features_BV: sp.csr_matrix) -> np.ndarray:
    """[B, C] for classes and tags, else [B]."""
    scores_BC = model.score(features_BV)
    return scores_BC if problem.data.classes else scores_BC[:, 0]


def _has_one_answer(problem: Problem, rows: np.ndarray) -> bool:
    """Whether the rows leave nothing to tell apart."""
    return problem.spec.kind != "multilabel" and len(np.unique(problem.data.label_R[rows])) < 2
