"""Sparse matrices from integer codes. No torch here.

Shape suffixes: B = rows, L = places of a window, C = columns of codes, N = entities, V = words.
"""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp


def one_hot(codes_BC: np.ndarray, cardinalities: Sequence[int]) -> sp.csr_matrix:
    """float32 [B, sum of cardinalities]: a one for each code, columns side by side."""
    rows, columns = codes_BC.shape
    offsets_C = np.concatenate([[0], np.cumsum(cardinalities)]).astype(np.int64)
    indices = (codes_BC + offsets_C[:-1]).ravel()
    return sp.csr_matrix(
        (np.ones(indices.size, np.float32), indices, np.arange(rows + 1, dtype=np.int64) * columns),
        shape=(rows, int(offsets_C[-1])),
    )


def averages(codes_BL: np.ndarray, count: int) -> sp.csr_matrix:
    """float32 [B, count]: the share of each code in its row; -1 is no code, a row without codes is empty."""
    present_BL = codes_BL >= 0
    sizes_B = present_BL.sum(axis=1)
    matrix = sp.csr_matrix(
        (
            np.repeat(1.0 / np.maximum(sizes_B, 1), sizes_B).astype(np.float32),
            codes_BL[present_BL].astype(np.int64),
            np.concatenate([[0], np.cumsum(sizes_B)]),
        ),
        shape=(len(codes_BL), count),
    )
    matrix.sum_duplicates()
    return matrix


def pair_counts(first_P: np.ndarray, second_P: np.ndarray, shape: tuple[int, int]) -> sp.csr_matrix:
    """float32: how often each pair occurs."""
    matrix = sp.coo_matrix((np.ones(len(first_P), np.float32), (first_P, second_P)), shape=shape).tocsr()
    matrix.sum_duplicates()
    return matrix


def row_shares(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Each row divided by its sum; an empty row stays empty."""
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return sp.diags(1.0 / np.where(sums > 0, sums, 1.0)).dot(matrix).tocsr().astype(np.float32)


def unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Each row divided by its Euclidean length; an empty row stays empty."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.diags(1.0 / np.where(lengths > 0, lengths, 1.0)).dot(matrix).tocsr().astype(np.float32)


def row_products(left: sp.csr_matrix, right: sp.csr_matrix) -> np.ndarray:
    """float32 [B]: the inner product of each pair of rows."""
    return np.asarray(left.multiply(right).sum(axis=1), dtype=np.float32).ravel()


def rows_at(matrix: sp.csr_matrix, places: np.ndarray, count: int) -> sp.csr_matrix:
    """[count, V] with row i of the matrix at `places[i]` (ascending, distinct); the other rows are empty."""
    sizes = np.zeros(count + 1, np.int64)
    sizes[places + 1] = np.diff(matrix.indptr)
    return sp.csr_matrix((matrix.data, matrix.indices, np.cumsum(sizes)), shape=(count, matrix.shape[1]))
