"""Lists that a retrieval task is judged on: one per distinct query, over the whole catalogue. No torch here.

Shape suffixes: R = rows of a task, L = lists, b = lists of a block, N = items, P = (list, item) pairs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.dataset import Dataset, TaskData
from mtrec_core.data.schema import SPLIT_NAMES, TaskSpec
from mtrec_core.errors import MtrecError, UserError
from mtrec_core.evaluation.predictions import empty_predictions, predictions_table
from mtrec_core.evaluation.top_items import RankedBlock, rank_block


@dataclass(frozen=True)
class ItemSets:
    """One set of item codes per list, as one flat array with offsets (CSR), ascending within a list."""

    starts_L1: np.ndarray
    """int64 [L + 1]: the items of list l are `codes_P[starts[l]:starts[l + 1]]`."""
    codes_P: np.ndarray
    """int64 [P]"""

    def of(self, position: int) -> np.ndarray:
        """The items of one list."""
        return self.codes_P[self.starts_L1[position] : self.starts_L1[position + 1]]

    def block(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """(list counted from `first`, item) of each pair of the lists `first` up to `last`, exclusive."""
        sizes = np.diff(self.starts_L1[first : last + 1])
        codes_P = self.codes_P[self.starts_L1[first] : self.starts_L1[last]]
        return np.repeat(np.arange(last - first), sizes), codes_P


@dataclass(frozen=True, kw_only=True)
class RankingLists:
    """The lists of one task and split. List l asks the query of the task's row `row_L[l]`."""

    spec: TaskSpec
    split: str
    row_L: np.ndarray
    """int64 [L], ascending: first row of each list; its query side, history and context are the list's."""
    user_L: pa.Array
    """string [L]: the unit over which uncertainty is counted: key of the group, else of the first input."""
    item_keys: pa.Array
    """string [N]: the catalogue."""
    relevant: ItemSets
    """The targets of the list's rows."""
    seen: ItemSets
    """Targets of the query entity (the first input) in earlier splits, never a relevant one of the list.
    Empty when the task keeps seen items, or when the query entity has no key."""
    never: ItemSets
    """What is no candidate by any rule: the query itself, where items are asked for by an item."""

    def __len__(self) -> int:
        return len(self.row_L)


def build_lists(dataset: Dataset, task: str, split: str, limit: int | None = None) -> RankingLists:
    """The rows of a split with an identical query, grouped into one list each.

    Identical means: the same entities on the query side, the same ends of their histories, the same context.
    Seen are, for a list of the test split, the targets of train and validation, for one of validation those
    of train. `limit` takes that many lists (None or 0: all of them), always the same ones.
    """
    data = dataset.tasks[task]
    if data.spec.kind != "retrieval":
        raise UserError(f"Task '{task}' is of kind {data.spec.kind}; only retrieval has lists to rank.")
    rows_R = data.rows(split)
    first_L, list_R = _group_queries(data, rows_R)
    target_R = data.inputs[-1][rows_R].astype(np.int64)
    if limit and limit < len(first_L):
        kept_L = np.sort(np.random.default_rng(0).choice(len(first_L), size=limit, replace=False))
        position = np.full(len(first_L), -1)
        position[kept_L] = np.arange(limit)
        of_kept_R = position[list_R] >= 0
        first_L, list_R, target_R = first_L[kept_L], position[list_R][of_kept_R], target_R[of_kept_R]

    lists, catalogue = len(first_L), dataset.entities[data.spec.inputs[-1]].keys
    row_L = rows_R[first_L]
    relevant_P = np.unique(list_R * len(catalogue) + target_R)
    seen_P = _seen_pairs(dataset, data, split, row_L, len(catalogue))
    never_P = _query_pairs(data, row_L, len(catalogue))
    return RankingLists(
        spec=data.spec,
        split=split,
        row_L=row_L,
        user_L=row_users(dataset, task, row_L),
        item_keys=catalogue,
        relevant=_item_sets(relevant_P, lists, len(catalogue)),
        seen=_item_sets(np.setdiff1d(seen_P, np.union1d(relevant_P, never_P)), lists, len(catalogue)),
        never=_item_sets(np.setdiff1d(never_P, relevant_P), lists, len(catalogue)),
    )


def ranked_predictions(
    lists: RankingLists, score_blocks: Iterable[np.ndarray], list_length: int = 100
) -> pd.DataFrame:
    """The predictions table of the lists, from blocks [b, N] of finite scores that cover them in order.

    Each list keeps every relevant item and its first `list_length` items, in the order of their rank. Among
    items with an equal score the relevant ones stand in the middle, so that one relevant item has the rank
    1 + items with a greater score + floor(other items with an equal score / 2): constant scores gain nothing.
    """
    blocks = _ranked_blocks(lists, score_blocks, list_length)
    tables = [_block_table(lists, first, ranked) for first, ranked in blocks]
    return pd.concat(tables, ignore_index=True) if tables else empty_predictions()


def _ranked_blocks(
    lists: RankingLists, score_blocks: Iterable[np.ndarray], list_length: int
) -> Iterator[tuple[int, RankedBlock]]:
    """(first list, its ranks) of every block; an error unless the blocks fit the lists."""
    first = 0
    for scores_bN in score_blocks:
        last = first + len(scores_bN)
        if last > len(lists) or scores_bN.shape[1:] != (len(lists.item_keys),):
            raise ValueError(
                f"Scores of shape {scores_bN.shape} from list {first} on; there are {len(lists)} lists "
                f"and {len(lists.item_keys)} items."
            )
        if scores_bN.size and not (np.isfinite(scores_bN.max()) and np.isfinite(scores_bN.min())):
            raise MtrecError(
                f"Task '{lists.spec.name}': some scores on {lists.split} are not finite. "
                "If this is a trained model, its training diverged; lower training.learning_rate."
            )
        ranked = rank_block(
            scores_bN,
            relevant=lists.relevant.block(first, last),
            seen=lists.seen.block(first, last),
            never=lists.never.block(first, last),
            list_length=list_length,
        )
        yield first, ranked
        first = last
    if first != len(lists):
        raise ValueError(f"Scores came for {first} of {len(lists)} lists.")


def _block_table(lists: RankingLists, first: int, ranked: RankedBlock) -> pd.DataFrame:
    list_P = ranked.list_P + first
    return predictions_table(
        lists.spec.name,
        lists.split,
        row=lists.row_L[list_P],
        user=lists.user_L.take(pa.array(list_P)),
        item=lists.item_keys.take(pa.array(ranked.item_P)),
        target=ranked.relevant_P,
        score=ranked.score_P,
        rank=ranked.rank_P,
        rank_seen_kept=ranked.rank_seen_kept_P,
    )


def _group_queries(data: TaskData, rows_R: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(position in rows_R of each list's first row, list of each row); lists are ordered by first row."""
    query_side = range(len(data.inputs) - 1)
    columns = [data.inputs[position][rows_R] for position in query_side]
    columns += [end_R[rows_R] for position, end_R in data.history_end_R.items() if position in query_side]
    columns += list(data.context_categorical_RC[rows_R].T)
    columns += list(data.context_numeric_RF[rows_R].T)
    code_R = np.zeros(len(rows_R), dtype=np.int64)
    first_L = np.zeros(min(1, len(rows_R)), dtype=np.int64)
    for column in columns:
        values, value_R = np.unique(column, return_inverse=True)
        _, first_L, code_R = np.unique(code_R * len(values) + value_R, return_index=True, return_inverse=True)
    order = np.argsort(first_L)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first_L[order], place[code_R]


def row_users(dataset: Dataset, task: str, rows: np.ndarray) -> pa.Array:
    """The `user` column of the predictions table: the key of the row's group, else of its first input."""
    data = dataset.tasks[task]
    first_inputs = dataset.entities[data.spec.inputs[0]].keys.take(pa.array(data.inputs[0][rows]))
    if data.group_R is None or data.group_keys is None:
        return first_inputs
    group = data.group_R[rows]
    return pc.coalesce(data.group_keys.take(pa.array(group, mask=group < 0)), first_inputs)


def _seen_pairs(dataset: Dataset, data: TaskData, split: str, row_L: np.ndarray, items: int) -> np.ndarray:
    """list * items + item, of each target that the list's query entity has in the splits before this one."""
    earlier_R = (data.split_R >= 0) & (data.split_R < SPLIT_NAMES.index(split))
    without_key = dataset.entities[data.spec.inputs[0]].spec.key is None
    if data.spec.seen == "keep" or without_key or not earlier_R.any():
        return np.empty(0, dtype=np.int64)
    order = np.argsort(data.inputs[0][earlier_R], kind="stable")
    query_R = data.inputs[0][earlier_R][order]
    target_R = data.inputs[-1][earlier_R][order].astype(np.int64)
    start_L = np.searchsorted(query_R, data.inputs[0][row_L], side="left")
    size_L = np.searchsorted(query_R, data.inputs[0][row_L], side="right") - start_L
    list_P = np.repeat(np.arange(len(row_L)), size_L)
    within_P = np.arange(len(list_P)) - np.repeat(np.cumsum(size_L) - size_L, size_L)
    return np.unique(list_P * items + target_R[start_L[list_P] + within_P])


def _query_pairs(data: TaskData, row_L: np.ndarray, items: int) -> np.ndarray:
    """list * items + item, of each item that stands on the query side itself."""
    positions = [position for position, name in enumerate(data.spec.query_inputs) if name == data.spec.target]
    pairs = [np.arange(len(row_L)) * items + data.inputs[position][row_L] for position in positions]
    return np.unique(np.concatenate(pairs)) if pairs else np.empty(0, dtype=np.int64)


def _item_sets(pairs_P: np.ndarray, lists: int, items: int) -> ItemSets:
    """Sets from sorted numbers list * items + item."""
    starts_L1 = np.searchsorted(pairs_P, np.arange(lists + 1, dtype=np.int64) * items)
    return ItemSets(starts_L1=starts_L1, codes_P=pairs_P % max(items, 1))
