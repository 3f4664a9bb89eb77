"""The predictions table of the kinds of task that score one row at a time: all but retrieval. No torch here.

Shape suffixes: B = rows asked for, C = classes or tags.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.schema import TaskSpec
from mtrec_core.evaluation.predictions import predictions_table
from mtrec_core.evaluation.ranking_lists import row_users


def pointwise_predictions(
    dataset: Dataset, task: str, split: str, rows_B: np.ndarray, scores: np.ndarray
) -> pd.DataFrame:
    """The table of labelled rows of a task.

    `scores` is [B, C] for classes and tags (a line per row and class), else [B]: a probability, the number in
    its own unit, or whatever grows with the grade.
    """
    data = dataset.tasks[task]
    user_B = row_users(dataset, task, rows_B)
    if not data.classes:
        position = scored_input(data.spec)
        keys = dataset.entities[data.spec.inputs[position]].keys
        item_B = keys.take(pa.array(data.inputs[position][rows_B]))
        return predictions_table(task, split, rows_B, user_B, item_B, data.label_R[rows_B], scores)
    count = len(data.classes)
    if scores.shape != (len(rows_B), count):
        raise ValueError(f"Scores of shape {scores.shape} for {len(rows_B)} rows and {count} classes.")
    return predictions_table(
        task,
        split,
        row=np.repeat(rows_B, count),
        user=user_B.take(pa.array(np.repeat(np.arange(len(rows_B)), count))),
        item=pa.array(data.classes, pa.string()).take(pa.array(np.tile(np.arange(count), len(rows_B)))),
        target=data.label_matrix(rows_B).ravel(),
        score=scores.ravel(),
    )


def scored_input(spec: TaskSpec) -> int:
    """Position of the input that a row is about: of a ranking the one after the query, else the last."""
    return min(1, len(spec.inputs) - 1) if spec.kind == "ranking" else len(spec.inputs) - 1
