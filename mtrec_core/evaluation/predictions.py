"""The predictions table: the border between what needs torch and what doesn't. No torch here.

One long table for all kinds of task:

| column | type | meaning |
|---|---|---|
| task, split | string | split is a name of `data.schema.SPLIT_NAMES` |
| row | int64 | row of the task's fact table; for ranked lists the first row of the list |
| user | string | the unit over which uncertainty is counted: the key of the group, else of the first input |
| item | string | what is scored: the target's key (retrieval, ranking), the class, the tag, else the last input's key |
| target | float32 | 1/0 for retrieval, classes, tags and binary; the grade; the number in its own unit |
| score | float32 | a probability (binary, multiclass, multilabel), the number in its own unit (regression), else any score that grows with fit |
| rank | int32 | retrieval: place of the item in the whole catalogue from 1, by the task's rule on seen items; 0 elsewhere |
| rank_seen_kept | int32 | retrieval: the same with seen items kept; 0 elsewhere |

Retrieval keeps, per list, every relevant target and the first `list_length` items.
A multiclass row has one line per class, a multilabel row one per tag.
"""

import pandas as pd

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
