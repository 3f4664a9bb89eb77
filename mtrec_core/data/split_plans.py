"""Which split a task gets: the declared one if its rows can have it, else the default. No torch here.

Shape suffix: R = rows of a task.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtrec_core.data.cuts import find_cuts, fits
from mtrec_core.data.keys import Coded, combine_hashes
from mtrec_core.data.schema import DatasetSpec, SplitKind, SplitSpec, TaskSpec
from mtrec_core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class TaskRows:
    """What a split has to know about the rows of a task."""

    task: TaskSpec
    inputs: tuple[np.ndarray, ...]
    """One int32 [R] of entity codes per input."""
    key_hashes: tuple[np.ndarray, ...]
    """Per input a uint64 [N]: hashes of the entity's keys."""
    time_R: np.ndarray | None
    """int64 [R]"""
    time_is_date: bool
    """Whether `time_R` counts nanoseconds."""
    size_of_first: int
    """Rows from here on come from the test table."""
    column: Coded | None
    """The column of a `column` split, None if the table lacks it."""

    def __len__(self) -> int:
        return len(self.inputs[0])

    def hashes(self, positions: Sequence[int], seed: int) -> np.ndarray:
        """uint64 [R]: hashes of the keys of some inputs."""
        return combine_hashes([self.key_hashes[place][self.inputs[place]] for place in positions], seed)


@dataclass(frozen=True, kw_only=True)
class SplitPlan:
    """A task's split with every default decided."""

    rows: TaskRows
    spec: SplitSpec
    reason: str
    size: int
    """Rows that may be drawn: all but those of a test table."""
    validation: float
    """Share, below 1."""
    test: float
    """Share, below 1; 0 where a test table holds the test rows."""

    def by(self) -> int:
        """Position of the input that the split goes by."""
        name = self.spec.by or self.rows.task.inputs[0]
        return self.rows.task.inputs.index(name)


def plan_split(spec: DatasetSpec, rows: TaskRows, seed: int) -> SplitPlan:
    """The split of one task, with the reason for it.

    A split of the dataset that a task can't have gives way to the default; the task's own raises DataError.
    """
    task = rows.task
    declared = spec.split_of(task)
    kind, by, reason = declared.kind, declared.by, "declared"
    problem = _why_not(kind, declared, rows)
    if problem and task.split is not None:
        raise DataError(f"Task '{task.name}' declares the split '{kind}', but {problem}.")
    if problem:
        reason = f"default: the dataset's split '{kind}' doesn't fit, {problem}"
        kind, by = "auto", None
    if kind == "auto":
        kind, by, why = _default_kind(spec, rows, by)
        reason = f"{reason}; {why}" if problem else f"default, {why}"
    size = min(rows.size_of_first, len(rows))
    has_test_table = task.test_table is not None
    validation, test = declared.validation, 0.0 if has_test_table else declared.test
    if not (kind == "random" and by):
        validation, test = (share / max(size, 1) if share >= 1 else share for share in (validation, test))
    if kind in ("time", "user", "random") and not by and validation + test >= 1:
        raise DataError(
            f"Task '{task.name}': validation and test ask for {validation + test:.0%} of its {size:,} rows; "
            "leave some for train."
        )
    resolved = replace(declared, kind=kind, by=by, seed=declared.seed + seed)
    return SplitPlan(rows=rows, spec=resolved, reason=reason, size=size, validation=validation, test=test)


def _why_not(kind: SplitKind, split: SplitSpec, rows: TaskRows) -> str:
    """Why a task can't have a kind of split; "" if it can."""
    task = rows.task
    if kind in ("time", "leave_last_out") and rows.time_R is None:
        return "the task names no `time`"
    if kind == "column" and not split.column:
        return "it names no `column`"
    if kind == "column" and rows.column is None:
        return f"{task.table} has no column '{split.column}'"
    if split.by and split.by not in task.inputs:
        return f"'{split.by}' is not among the inputs ({', '.join(task.inputs)})"
    return ""


def _default_kind(spec: DatasetSpec, rows: TaskRows, by: str | None) -> tuple[SplitKind, str | None, str]:
    task = rows.task
    if rows.time_R is not None:
        time_R = rows.time_R[: rows.size_of_first]
        if fits(find_cuts([time_R], 0.1, 0.1), time_R, 0.1, 0.1):
            return "time", None, "since the task has a time"
        return "random", None, "since too many rows have the same time"
    if by is not None:
        return "user", by, f"since the split names '{by}'"
    entity = spec.entities[task.inputs[0]]
    if task.kind == "ranking":
        return "user", entity.name, "since the task has no time and a list stays whole"
    if set(task.inputs) == {entity.name} and (entity.table or entity.history):
        return "user", entity.name, f"since the task is about '{entity.name}' alone"
    if entity.key is None and entity.table is None:
        return "user", entity.name, f"since the task has no time and '{entity.name}' has no key"
    return "random", None, "since the task has no time"
