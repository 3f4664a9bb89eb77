"""Rows of a task as arrays, the form in which the model takes them. No torch here.

Shape suffixes: B = rows of the batch, H = places of a history, C = categorical columns, F = numeric columns,
K = classes or tags, S = sampled targets.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from mtrec_core.data.dataset import Dataset, TaskData
from mtrec_core.data.histories import task_windows


@dataclass(frozen=True, kw_only=True)
class TaskBatch:
    """Some rows of one task."""

    task: str
    inputs: tuple[np.ndarray, ...]
    """Codes int32 [B] of each entity that the model reads; for retrieval the query side only."""
    windows: dict[int, np.ndarray] = field(default_factory=dict)
    """Position of an input -> its history int32 [B, H], -1 where there is none."""
    context_categorical_BC: np.ndarray
    context_numeric_BF: np.ndarray
    labels_B: np.ndarray
    """float32 [B], as in `TaskData.label_R`; for retrieval the code of the target."""
    tags_BK: np.ndarray | None = None
    """Multilabel: float32 [B, K], 1 where the row has the tag."""
    groups_B: np.ndarray | None = None
    """Ranking: int64 [B], the number of the row's list within the batch."""
    negatives_S: np.ndarray | None = None
    """Retrieval against a sample: codes of the drawn targets; None scores all."""
    log_expected_N: np.ndarray | None = None
    """Retrieval against a sample: float32 [all targets], log of how often each is expected in the draw."""

    def __len__(self) -> int:
        return len(self.labels_B)

    def with_negatives(self, negatives_S: np.ndarray, log_expected_N: np.ndarray) -> "TaskBatch":
        """The same rows, to be scored against a sample of the targets."""
        return replace(self, negatives_S=negatives_S, log_expected_N=log_expected_N)


def make_batch(dataset: Dataset, task: TaskData, rows: np.ndarray) -> TaskBatch:
    """The given rows of a task."""
    spec = task.spec
    codes = tuple(codes_R[rows] for codes_R in task.inputs)
    query = codes[: len(spec.query_inputs)]
    windows = {position: task_windows(dataset, spec.name, position, rows) for position in range(len(query))}
    groups_B = None
    if spec.kind == "ranking":
        keys = task.group_R if task.group_R is not None else task.inputs[0]
        groups_B = np.unique(keys[rows], return_inverse=True)[1].astype(np.int64)
    return TaskBatch(
        task=spec.name,
        inputs=query,
        windows={position: window_BH for position, window_BH in windows.items() if window_BH is not None},
        context_categorical_BC=task.context_categorical_RC[rows],
        context_numeric_BF=task.context_numeric_RF[rows],
        labels_B=codes[-1].astype(np.float32) if spec.kind == "retrieval" else task.label_R[rows],
        tags_BK=task.label_matrix(rows).astype(np.float32) if spec.kind == "multilabel" else None,
        groups_B=groups_B,
    )
