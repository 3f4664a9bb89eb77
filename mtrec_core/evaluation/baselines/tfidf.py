"""TF-IDF and a linear model, the baseline that is hard to beat on texts. No torch here."""

import pandas as pd

from mtrec_core.evaluation.baselines.linear_choice import fit_linear, scores_of
from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.evaluation.baselines.row_features import RowFeatures
from mtrec_core.evaluation.baselines.text_vectors import text_vectors
from mtrec_core.evaluation.baselines.tfidf_retrieval import tfidf_retrieval


def tfidf_linear(problem: Problem) -> pd.DataFrame | None:
    """The baseline for every kind; None where nothing can be learned: no features, one class, no rows."""
    rows = problem.draw(problem.data.rows("train"), problem.settings.max_rows)
    if not len(rows):
        return None
    texts = text_vectors(problem, rows)
    if problem.spec.kind == "retrieval":
        return None if texts is None else tfidf_retrieval(problem, texts, rows)
    features = RowFeatures.fit(problem, texts, rows)
    model = fit_linear(problem, features.matrix)
    if model is None:
        return None
    return problem.predictions(lambda rows_B: scores_of(problem, model, features.matrix(rows_B)))
