"""First-order transitions from the last item of a history to the target. No torch here.

Shape suffixes: B = rows of a block, L = places of a window, S = items that a target may follow, N = targets.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy.sparse as sp

from mtrec_core.evaluation.baselines.popularity import target_counts
from mtrec_core.evaluation.baselines.problem import BLOCK_ROWS, Problem
from mtrec_core.evaluation.baselines.sparse_rows import averages, one_hot, pair_counts, row_shares

TIE = 1e-5
"""What the most popular target gets besides, others in proportion: it orders what transitions leave equal."""

Sources = Callable[[np.ndarray], sp.csr_matrix]
"""Positions of rows [B] -> [B, S]: the items that each target follows; a row sums to 1 or is empty."""


def last_item(problem: Problem) -> pd.DataFrame | None:
    """P(target | last item) as counted in train, ties by popularity; None without an item to start from.

    A history without times has no last item: all of it counts alike, less the row's own target. When an item
    stands on the query side instead, what went together in train counts, either way round, and then what went
    with those.
    """
    if not len(problem.data.rows("train")):
        return None
    query_side = range(len(problem.spec.query_inputs))
    with_history = [position for position in query_side if problem.histories(position) is not None]
    if with_history:
        sources, transitions_SN = _after_history(problem, with_history[0])
    elif problem.spec.target in problem.spec.query_inputs:
        sources, transitions_SN = _went_together(problem, problem.spec.inputs.index(problem.spec.target))
    else:
        return None
    popular_N = target_counts(problem)
    popular_N *= TIE / max(1.0, float(popular_N.max(initial=0.0)))
    return problem.predictions(lambda rows_B: (sources(rows_B) @ transitions_SN).toarray() + popular_N)


def _after_history(problem: Problem, position: int) -> tuple[Sources, sp.csr_matrix]:
    """The last item of each history, or all of an unordered one; [S, N] shares of what followed an item."""
    histories = problem.histories(position)
    assert histories is not None
    items = len(problem.dataset.entities[histories.item_entity])
    rows = problem.data.rows("train")
    if not histories.ordered:
        rows = problem.draw(rows, problem.settings.max_cells // max(1, histories.max_length))
    counts_SN = sp.csr_matrix((items, len(problem.entity(-1))), dtype=np.float32)
    step = BLOCK_ROWS * 16
    for first in range(0, len(rows), step):
        block = rows[first : first + step]
        before_BL = problem.window(position, block)
        before_BL = before_BL[:, -1:] if histories.ordered else before_BL
        row_P, place_P = np.nonzero(before_BL >= 0)
        target_P = problem.data.inputs[-1][block][row_P]
        counts_SN += pair_counts(before_BL[row_P, place_P], target_P, counts_SN.shape)

    def sources(rows_B: np.ndarray) -> sp.csr_matrix:
        before_BL = problem.window(position, rows_B)
        return averages(before_BL[:, -1:] if histories.ordered else before_BL, items)

    return sources, row_shares(counts_SN)


def _went_together(problem: Problem, position: int) -> tuple[Sources, sp.csr_matrix]:
    """The query item itself; [N, N] P + P P / 2, where P are the shares of what stood in a row with it."""
    data, items = problem.data, len(problem.entity(-1))
    rows = data.rows("train")
    counts_NN = pair_counts(data.inputs[position][rows], data.inputs[-1][rows], (items, items))
    shares_NN = row_shares(counts_NN + counts_NN.T)

    def sources(rows_B: np.ndarray) -> sp.csr_matrix:
        return one_hot(data.inputs[position][rows_B][:, None], (items,))

    return sources, shares_NN + shares_NN @ shares_NN * np.float32(0.5)
