"""The predictions table: the border between what needs torch and what doesn't. No torch here.

One long table for all kinds of task:

| column | type | meaning |
|---|---|---|
| task, split | string | split is a name of `data.schema.SPLIT_NAMES` |
| row | int64 | row of the task's fact table; for ranked lists the first row of the list |
| user | string | the unit over which uncertainty is counted: the key of the group, else of the first input |
| item | string | key of the target (retrieval, ranking), class, tag, else the last input's key |
| target | float32 | 1/0 for retrieval, classes, tags and binary; the grade; the number in its own unit |
| score | float32 | probability (binary, multiclass, multilabel), number (regression), else grows with fit |
| rank | int32 | retrieval: place from 1 in the whole catalogue by the task's rule on seen items; else 0 |
| rank_seen_kept | int32 | retrieval: the same with seen items kept; else 0 |

Retrieval keeps, per list, every relevant target and the first `list_length` items.
A multiclass row has one line per class, a multilabel row one per tag.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

COLUMNS: dict[str, str] = {
    "task": "string",
    "split": "string",
    "row": "int64",
    "user": "string",
    "item": "string",
    "target": "float32",
    "score": "float32",
    "rank": "int32",
    "rank_seen_kept": "int32",
}


def empty_predictions() -> pd.DataFrame:
    """A predictions table without rows."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})


def predictions_table(
    task: str,
    split: str,
    row: np.ndarray,
    user: pa.Array,
    item: pa.Array,
    target: np.ndarray,
    score: np.ndarray,
    rank: np.ndarray | None = None,
    rank_seen_kept: np.ndarray | None = None,
) -> pd.DataFrame:
    """The table of one task and split from its columns; both ranks are 0 where none are given."""
    zeros = np.zeros(len(row), dtype=np.int32)
    text = pd.StringDtype("pyarrow")
    table = pa.table(
        {
            "task": pa.repeat(task, len(row)),
            "split": pa.repeat(split, len(row)),
            "row": np.asarray(row, dtype=np.int64),
            "user": user,
            "item": item,
            "target": np.asarray(target, dtype=np.float32),
            "score": np.asarray(score, dtype=np.float32),
            "rank": zeros if rank is None else np.asarray(rank, dtype=np.int32),
            "rank_seen_kept": zeros if rank_seen_kept is None else np.asarray(rank_seen_kept, dtype=np.int32),
        }
    )
    return table.to_pandas(types_mapper={pa.string(): text, pa.large_string(): text}.get)
