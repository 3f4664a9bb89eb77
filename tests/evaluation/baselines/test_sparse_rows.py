"""Sparse rows against the same in dense arithmetic."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.evaluation.baselines.sparse_rows import (
    averages,
    one_hot,
    pair_counts,
    row_products,
    row_shares,
    rows_at,
    unit_rows,
)

MATRICES = st.integers(0, 10_000).map(
    lambda seed: (np.random.default_rng(seed).integers(0, 3, size=(4, 5)) * 1.5).astype(np.float32)
)


def test_codes_of_two_columns_stand_side_by_side():
    assert one_hot(np.array([[1, 0], [0, 2]]), (2, 3)).toarray().tolist() == [
        [0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1],
    ]


def test_no_columns_make_no_columns():
    assert one_hot(np.zeros((3, 0), np.int32), ()).shape == (3, 0)


def test_a_window_is_averaged_over_the_items_it_has():
    expected = [[1 / 3, 0, 2 / 3], [0, 0, 0], [0, 1, 0]]
    assert averages(np.array([[2, 0, 2], [-1, -1, -1], [-1, -1, 1]]), 3).toarray() == pytest.approx(
        np.array(expected)
    )


def test_pairs_are_counted():
    assert pair_counts(np.array([0, 0, 1]), np.array([1, 1, 0]), (2, 2)).toarray().tolist() == [
        [0, 2],
        [1, 0],
    ]


def test_rows_are_put_at_their_places():
    placed = rows_at(sp.csr_matrix(np.array([[1, 2], [0, 3]])), np.array([1, 3]), 5)
    assert placed.toarray().tolist() == [[0, 0], [1, 2], [0, 0], [0, 3], [0, 0]]


@settings(deadline=None, max_examples=50)
@given(MATRICES, MATRICES)
def test_sparse_arithmetic_is_that_of_dense_arrays(left, right):
    a, b = sp.csr_matrix(left), sp.csr_matrix(right)
    lengths, sums = np.linalg.norm(left, axis=1, keepdims=True), left.sum(axis=1, keepdims=True)
    assert unit_rows(a).toarray() == pytest.approx(left / np.where(lengths > 0, lengths, 1))
    assert row_shares(a).toarray() == pytest.approx(left / np.where(sums > 0, sums, 1))
    assert row_products(a, b) == pytest.approx((left * right).sum(axis=1))
