"""The columns of the linear model: words, codes, numbers, and how alike the inputs are. No torch here.

Shape suffixes: B = rows, V = words and pairs of words, P = pairs of inputs.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy.sparse as sp

from mtrec_core.evaluation.baselines.problem import BLOCK_ROWS, Problem
from mtrec_core.evaluation.baselines.sparse_rows import one_hot, row_products, unit_rows
from mtrec_core.evaluation.baselines.text_vectors import InputVectors, TextVectors


@dataclass(frozen=True, kw_only=True)
class RowFeatures:
    """Turns rows of a task into one sparse matrix."""

    problem: Problem
    texts: TextVectors | None
    cosine_mean_P: np.ndarray
    cosine_spread_P: np.ndarray

    @staticmethod
    def fit(problem: Problem, texts: TextVectors | None, train_rows: np.ndarray) -> "RowFeatures":
        """Learns the scale of the cosines from (a block of) the train rows."""
        rows = problem.draw(train_rows, BLOCK_ROWS)
        cosines_BP = _cosines(_input_vectors(problem, texts, rows), len(rows))
        spread_P = cosines_BP.std(axis=0)
        return RowFeatures(
            problem=problem,
            texts=texts,
            cosine_mean_P=cosines_BP.mean(axis=0),
            cosine_spread_P=np.where(spread_P > 0, spread_P, 1.0),
        )

    def matrix(self, rows: np.ndarray) -> sp.csr_matrix:
        """float32 [B, columns], made block by block."""
        blocks = [self._block(rows[first : first + BLOCK_ROWS]) for first in range(0, len(rows), BLOCK_ROWS)]
        return sp.vstack(blocks, format="csr") if blocks else self._block(rows)

    def _block(self, rows_B: np.ndarray) -> sp.csr_matrix:
        problem, data = self.problem, self.problem.data
        said = _input_vectors(problem, self.texts, rows_B)
        parts = [vectors.vectors_BV for vectors in said]
        for position, codes_R in enumerate(data.inputs):
            entity = problem.entity(position)
            parts.append(one_hot(entity.categorical_NC[codes_R[rows_B]], entity.features.cardinalities))
            parts.append(sp.csr_matrix(entity.numeric_NF[codes_R[rows_B]]))
        parts.append(one_hot(data.context_categorical_RC[rows_B], data.context.cardinalities))
        parts.append(sp.csr_matrix(data.context_numeric_RF[rows_B]))
        cosines_BP = _cosines(said, len(rows_B))
        parts.append(sp.csr_matrix((cosines_BP - self.cosine_mean_P) / self.cosine_spread_P))
        return sp.hstack(parts, format="csr", dtype=np.float32)


def _input_vectors(problem: Problem, texts: TextVectors | None, rows_B: np.ndarray) -> list[InputVectors]:
    return [] if texts is None else texts.of_inputs(problem, rows_B, range(len(problem.spec.inputs)))


def _cosines(said: list[InputVectors], count: int) -> np.ndarray:
    """float32 [B, P]: the cosine of each two vectors that belong to different inputs."""
    unit = [(vectors.position, unit_rows(vectors.vectors_BV)) for vectors in said]
    pairs = [row_products(a, b) for (at_a, a), (at_b, b) in combinations(unit, 2) if at_a != at_b]
    return np.stack(pairs, axis=1) if pairs else np.zeros((count, 0), np.float32)
