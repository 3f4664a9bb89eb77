"""Checks that test rows are new to their task, and to the others. No torch here.

Shape suffix: R = compiled rows of a task.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import share
from mtrec_core.data.dataset import Dataset, TaskData
from mtrec_core.data.issues import Issue
from mtrec_core.data.keys import combine_hashes, mix

MANY_OVERLAPPING = 0.01
"""Above this share of the test rows an overlap matters."""


def split_overlap(material: Material) -> Iterator[Issue]:
    """Test rows whose inputs (and context) a training row has too, or whose pair another task trains on."""
    if material.dataset is None:
        return
    for task in material.dataset.tasks.values():
        yield from _within(material, task)
        for other in material.dataset.tasks.values():
            is_comparable = sorted(other.spec.inputs) == sorted(task.spec.inputs)
            if task.spec.kind == "retrieval" and other is not task and is_comparable:
                yield from _across(material, material.dataset, task, other)


def _within(material: Material, task: TaskData) -> Iterator[Issue]:
    """Rows of the task itself that are in train and in test."""
    columns = [*task.inputs, *task.context_categorical_RC.T]
    hashed = [mix(column.astype(np.int64)) for column in columns]
    hashed += [mix(column.astype(np.float64).view(np.int64)) for column in task.context_numeric_RF.T]
    inputs_R = combine_hashes(hashed)
    train, test = task.rows("train"), task.rows("test")
    both = test[is_in(inputs_R[test], inputs_R[train])]
    many = len(both) > MANY_OVERLAPPING * len(test)
    is_timed = task.spec.time is not None
    if len(both) == 0 or (is_timed and not many):
        return
    if is_timed:
        means = "the same happened again later, as it does with repeat purchases"
        fix = "Nothing to do if repeats are what you want to predict; else keep each pair's first row only."
    else:
        means = "a model that learns them by heart looks better than it is"
        fix = "Drop the copies, or keep equal inputs in one part (the split 'random' does that)."
    rows = material.rows(task.spec)
    file, numbers = rows.place_compiled(both) if rows else ("", ())
    yield Issue(
        level="warning" if many and not is_timed else "info",
        code="split_overlap",
        task=task.spec.name,
        table=file,
        rows=numbers,
        text=f"{share(len(both), len(test))} test rows of task '{task.spec.name}' have the same inputs as a "
        f"training row; {means}.",
        fix=fix,
    )


def _across(material: Material, dataset: Dataset, task: TaskData, other: TaskData) -> Iterator[Issue]:
    """Pairs that a retrieval task tests and another task trains on: the model has seen the answer."""
    test, shown = task.rows("test"), other.rows("train")
    if task.time_R is not None and other.time_R is not None and len(test):
        shown = shown[other.time_R[shown] >= task.time_R[test].min()]  # what came before may be known
    pairs_R = pair_codes(dataset, task)
    is_shown = is_in(pairs_R[test], pair_codes(dataset, other)[shown])
    is_own = is_in(pairs_R[test], pairs_R[task.rows("train")])
    both = test[is_shown & ~is_own]
    if len(both) <= MANY_OVERLAPPING * len(test):
        return
    rows = material.rows(task.spec)
    file, numbers = rows.place_compiled(both) if rows else ("", ())
    yield Issue(
        level="warning",
        code="split_overlap",
        task=task.spec.name,
        table=file,
        rows=numbers,
        text=f"{share(len(both), len(test))} test rows of task '{task.spec.name}' are about a pair of "
        f"{' and '.join(task.spec.inputs)} on which task '{other.spec.name}' trains; the joint model has "
        "seen the answer.",
        fix="Give both tasks the same split, by time or at random, so that a pair is in one part.",
    )


def is_in(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """bool: which of the values are among the others."""
    return pd.Series(values).isin(others).to_numpy(dtype=bool)


def pair_codes(dataset: Dataset, task: TaskData) -> np.ndarray:
    """int64 [R]: a number for the keys of a row's inputs, the same in every task with these inputs."""
    pair_R = np.zeros(len(task), np.int64)
    for name, codes_R in sorted(zip(task.spec.inputs, task.inputs, strict=True), key=lambda pair: pair[0]):
        pair_R = pair_R * len(dataset.entities[name]) + codes_R
    return pair_R
