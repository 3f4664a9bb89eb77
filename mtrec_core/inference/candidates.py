"""Rows made of a known side and candidates, as a task's model reads them.

Shape suffixes: B = rows, R = rows of a task, C = categorical columns, F = numeric columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mtrec_core.data.cuts import TEST
from mtrec_core.data.dataset import Dataset, TaskData


@dataclass(frozen=True, kw_only=True)
class UsualContext:
    """The context that a prediction takes where none is given: what is most common in train."""

    categorical_C: np.ndarray
    """int32"""
    numeric_F: np.ndarray
    """float32"""
    shown: dict[str, str | float]
    """Column -> the value in words or in its own unit, for people."""


def usual_context(task: TaskData) -> UsualContext:
    """Per column the most frequent category, or the median number, of the training rows."""
    rows = task.rows("train")
    encoder = task.context
    categorical_C = np.array(
        [np.bincount(column).argmax() for column in task.context_categorical_RC[rows].T], np.int32
    )
    numeric_F = np.median(task.context_numeric_RF[rows], axis=0).astype(np.float32)
    shown: dict[str, str | float] = {}
    for column, code in zip(encoder.categorical, categorical_C, strict=True):
        shown[column.column] = column.values[code - 1] if code else ""
    place = 0
    for number in encoder.numeric:
        shown[number.column] = float(numeric_F[place]) * number.spread + number.mean
        place += 1 + number.flags_missing
    return UsualContext(categorical_C=categorical_C, numeric_F=numeric_F, shown=shown)


def made_rows(
    dataset: Dataset,
    task: str,
    inputs: Mapping[str, np.ndarray],
    context: UsualContext,
    ends: Mapping[str, int] | None = None,
) -> Dataset:
    """The dataset with rows for one task instead of its own.

    `inputs`: entity -> int32 [B] of codes, or [1] for the same thing in each row; the target of a retrieval
    may be left out. `ends`: entity -> where its history ends in all rows; else it is that of now.
    """
    known = dataset.tasks[task]
    size = max(len(codes) for codes in inputs.values())
    unnamed = np.full(1, -1, np.int32)
    codes = tuple(
        np.broadcast_to(inputs.get(name, unnamed), size).astype(np.int32) for name in known.spec.inputs
    )
    history_end_R = {}
    for place, name in enumerate(known.spec.inputs):
        histories = dataset.entities[name].histories
        if histories is not None and ends is not None and name in ends:
            history_end_R[place] = np.full(size, ends[name], np.int64)
        elif histories is not None:
            history_end_R[place] = histories.starts_N1[codes[place].astype(np.int64) + 1]
    has_tags = known.spec.kind == "multilabel"
    data = replace(
        known,
        inputs=codes,
        label_R=np.full(size, np.nan, np.float32),
        tag_starts_R1=np.zeros(size + 1, np.int64) if has_tags else None,
        tag_codes=np.zeros(0, np.int32) if has_tags else None,
        context_categorical_RC=np.tile(context.categorical_C, (size, 1)),
        context_numeric_RF=np.tile(context.numeric_F, (size, 1)),
        group_R=None,
        group_keys=None,
        time_R=None,
        history_end_R=history_end_R,
        split_R=np.full(size, TEST, np.int8),
        split_text="made rows",
    )
    return replace(dataset, tasks={**dataset.tasks, task: data})
