"""Which target's text is most like the query's: TF-IDF cosine, or a classifier. No torch here.

Shape suffixes: B = rows, N = targets, V = words and pairs of words.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd
import scipy.sparse as sp

from mtrec_core.evaluation.baselines.linear import LinearModel, fit_classes
from mtrec_core.evaluation.baselines.problem import Problem, Scorer
from mtrec_core.evaluation.baselines.sparse_rows import unit_rows
from mtrec_core.evaluation.baselines.text_vectors import TextVectors

CLASSIFIER_STRENGTH = 1.0
"""scikit-learn's C."""

TEXT, HISTORY = False, True
"""Values of `InputVectors.is_history`."""


def tfidf_retrieval(problem: Problem, texts: TextVectors, train_rows: np.ndarray) -> pd.DataFrame | None:
    """The best on validation of the scorers that the task allows; None where one side has no text."""
    scorers = _scorers(problem, texts, train_rows)
    if not scorers:
        return None
    best = 0
    if len(scorers) > 1:
        limit = problem.settings.validation_rows
        qualities = [problem.quality(problem.ranking(scorer, "validation", limit)) for scorer in scorers]
        best = int(np.argmax(qualities))
    return problem.predictions(scorers[best])


def _scorers(problem: Problem, texts: TextVectors, train_rows: np.ndarray) -> list[Scorer]:
    """Cosine with the query's own texts, with its histories, with both; a classifier where only texts ask."""
    found = {vectors.is_history for vectors in texts.of_inputs(problem, train_rows[:1], _query_side(problem))}
    scorers: list[Scorer] = []
    if problem.spec.target in texts.by_entity:
        wanted: list[set[bool]] = [{part} for part in sorted(found)]
        wanted += [found] if len(found) > 1 else []
        scorers += [_cosine(problem, texts, parts) for parts in wanted]
    if found == {TEXT} and len(problem.entity(-1)) <= problem.settings.classifier_targets:
        model = _classifier(problem, texts, train_rows)
        if model is not None:
            scorers.append(lambda rows_B: model.decide(_query_vectors(problem, texts, rows_B, {TEXT})))
    return scorers


def _query_side(problem: Problem) -> range:
    return range(len(problem.spec.query_inputs))


def _query_vectors(
    problem: Problem, texts: TextVectors, rows_B: np.ndarray, parts: Collection[bool]
) -> sp.csr_matrix:
    """[B, V]: the sum of the wanted vectors, each of length 1."""
    total = sp.csr_matrix((len(rows_B), texts.width), dtype=np.float32)
    for vectors in texts.of_inputs(problem, rows_B, _query_side(problem)):
        if vectors.is_history in parts:
            total = total + unit_rows(vectors.vectors_BV)
    return total


def _cosine(problem: Problem, texts: TextVectors, parts: Collection[bool]) -> Scorer:
    target_VN = texts.by_entity[problem.spec.inputs[-1]].T.tocsr()

    def score(rows_B: np.ndarray) -> np.ndarray:
        return (_query_vectors(problem, texts, rows_B, parts) @ target_VN).toarray()

    return score


def _classifier(problem: Problem, texts: TextVectors, train_rows: np.ndarray) -> LinearModel | None:
    """Support vectors over the targets that train has, the others behind them; None with a single target."""
    outputs = len(problem.entity(-1))
    sample = _query_vectors(problem, texts, problem.draw(train_rows, 512), {TEXT})
    rows = problem.draw(train_rows, problem.settings.affordable_rows(sample.nnz / sample.shape[0], outputs))
    target_B = problem.data.inputs[-1][rows]
    if len(np.unique(target_B)) < 2:
        return None
    return fit_classes(
        _query_vectors(problem, texts, rows, {TEXT}), target_B.astype(np.int64), outputs, CLASSIFIER_STRENGTH
    )
