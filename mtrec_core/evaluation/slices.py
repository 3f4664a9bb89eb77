"""Parts of a test set that deserve a look of their own: new users, rare items, categories. No torch here.

A slice is either a set of rows (by what their inputs are), or, of a retrieval task, a set of target items:
then only these items count as what was to be found, still among the whole catalogue.

The predictions table knows keys alone, so what belongs to which slice is written down while the compiled
dataset is at hand, in a long table:

| column | meaning |
|---|---|
| task, family, value | such as `purchase`, `user: training rows`, `none (new)` |
| row | row of the task's fact table; -1 where the slice is one of items |
| item | key of the target; "" where the slice is one of rows |

Shape suffixes: R = rows of a task, T = test rows, N = entities.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from mtrec_core.data.dataset import Dataset, EntityData, TaskData
from mtrec_core.data.features import FeatureEncoder

FREQUENT = 8
"""Values of a category that get a slice of their own; the rest is `other`."""

TRAINING_ROWS = (("none (new)", 0), ("1 to 4 (rare)", 4), ("5 to 19", 19))
"""Name and largest number of training rows; more than the last are `20 or more`."""
MANY = "20 or more"
OTHER, UNKNOWN = "other", "unknown"


def slice_members(dataset: Dataset, tasks: Sequence[str], split: str = "test") -> pd.DataFrame:
    """Which rows and items of a split belong to which slice, values of a family in their order.

    A family with one value says nothing and is left out.
    """
    parts = []
    for task in tasks:
        data = dataset.tasks[task]
        rows_T = data.rows(split)
        if not len(rows_T):
            continue
        for position, entity in enumerate(data.spec.inputs):
            of_items = data.spec.kind == "retrieval" and position == len(data.spec.inputs) - 1
            if not of_items and not _whole_lists(data, position):
                continue
            name = _input_name(data, position)
            for family, label_N, values in _families(dataset.entities[entity], data, position, name):
                parts.append(_members(dataset, data, family, label_N, values, position, rows_T, of_items))
        parts.extend(_context_members(data, rows_T))
    kept = [part for part in parts if part is not None]
    if not kept:
        return pd.DataFrame({"task": [], "family": [], "value": [], "row": [], "item": []}, dtype=object)
    return pd.concat(kept, ignore_index=True)


def sliced(predictions: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The lines of one task that belong to a slice, whose members are lines of the table above."""
    items = members.loc[members["row"] < 0, "item"]
    if len(items):
        return predictions[(predictions["target"] > 0) & predictions["item"].isin(set(items))]
    return predictions[np.isin(predictions["row"].to_numpy(), members["row"].to_numpy())]


def _families(
    entity: EntityData, data: TaskData, position: int, name: str
) -> list[tuple[str, np.ndarray, list[str]]]:
    """(family, label of each entity, names of the labels)."""
    codes_R = data.inputs[position]
    in_train_N = np.bincount(codes_R[data.rows("train")], minlength=len(entity))
    label_N = np.searchsorted([most for _, most in TRAINING_ROWS], in_train_N)
    found = [(f"{name}: training rows", label_N, [*(value for value, _ in TRAINING_ROWS), MANY])]
    for place, column in enumerate(entity.features.categorical):
        found.append((f"{name}: {column.column}", entity.categorical_NC[:, place], [UNKNOWN, *column.values]))
    return found


def _members(
    dataset: Dataset,
    data: TaskData,
    family: str,
    label_N: np.ndarray,
    values: list[str],
    position: int,
    rows_T: np.ndarray,
    of_items: bool,
) -> pd.DataFrame | None:
    codes_T = data.inputs[position][rows_T]
    label_T, names = _frequent(label_N[codes_T], values)
    if of_items:
        _, first = np.unique(codes_T, return_index=True)
        keys = dataset.entities[data.spec.inputs[position]].keys.take(pa.array(codes_T[first]))
        return _table(data, family, label_T[first], names, None, keys.to_pylist())
    return _table(data, family, label_T, names, rows_T, None)


def _context_members(data: TaskData, rows_T: np.ndarray) -> list[pd.DataFrame | None]:
    if data.spec.kind in ("retrieval", "ranking"):
        return []
    encoder: FeatureEncoder = data.context
    parts = []
    for place, column in enumerate(encoder.categorical):
        labels = data.context_categorical_RC[rows_T, place]
        label_T, names = _frequent(labels, [UNKNOWN, *column.values])
        parts.append(_table(data, column.column, label_T, names, rows_T, None))
    return parts


def _frequent(label_T: np.ndarray, values: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Labels as positions in a shorter list of values: the most frequent ones, and `other` for the rest."""
    counts = np.bincount(label_T, minlength=len(values))
    if np.count_nonzero(counts) <= FREQUENT + 1:
        return label_T, list(values)
    kept = np.sort(np.argsort(-counts, kind="stable")[:FREQUENT])
    place = np.full(len(values), len(kept))
    place[kept] = np.arange(len(kept))
    return place[label_T], [*(values[label] for label in kept), OTHER]


def _table(
    data: TaskData,
    family: str,
    label_T: np.ndarray,
    values: Sequence[str],
    rows_T: np.ndarray | None,
    items: Sequence[str] | None,
) -> pd.DataFrame | None:
    if len(np.unique(label_T)) < 2:
        return None
    count = len(label_T)
    table = pd.DataFrame(
        {
            "task": [data.spec.name] * count,
            "family": [family] * count,
            "value": np.asarray(values, dtype=object)[label_T],
            "row": np.full(count, -1) if rows_T is None else rows_T.astype(np.int64),
            "item": [""] * count if items is None else items,
        }
    )
    return table.iloc[np.argsort(label_T, kind="stable")]


def _whole_lists(data: TaskData, position: int) -> bool:
    """Whether an input is the same in all rows of a list; always true where rows stand alone."""
    if data.spec.kind != "ranking" or data.group_R is None:
        return True
    pairs = np.unique(np.stack([data.group_R, data.inputs[position]]), axis=1)
    return pairs.shape[1] == len(np.unique(data.group_R))


def _input_name(data: TaskData, position: int) -> str:
    """The entity's name; with the column where a task takes the same entity twice."""
    entity = data.spec.inputs[position]
    if data.spec.inputs.count(entity) == 1 or len(data.spec.columns) <= position:
        return entity
    return f"{entity} ({data.spec.columns[position]})"
