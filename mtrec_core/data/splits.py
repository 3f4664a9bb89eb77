"""Rows into train, validation and test: which split a task gets, and what is said about it. No torch here.

| kind | what stays together | default for |
|---|---|---|
| `time` | rows of one moment; tasks share their cuts where that leaves each enough rows | tasks with a time |
| `user` | all rows of an entity, in every task split so | tasks about one entity or one without key; lists |
| `random` | rows with the same keys, in all tasks with these inputs; `by`: drawn in each entity | the rest |
| `leave_last_out` | nothing: per entity the last row is test, the one before validation | no task |
| `column` | nothing: the table says it | no task |

Draws depend on the keys and the seed alone, not on the order of the rows. Shape suffix: R = rows of a task.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtrec_core.data.cuts import (
    TEST,
    TRAIN,
    UNUSED,
    VALIDATION,
    Cuts,
    find_cuts,
    last_out,
    shared_cuts,
    within_groups,
)
from mtrec_core.data.schema import DatasetSpec, SplitKind, SplitSpec
from mtrec_core.data.split_plans import SplitPlan, TaskRows, plan_split
from mtrec_core.errors import DataError

SPLIT_WORDS = {
    "train": TRAIN,
    "validation": VALIDATION,
    "valid": VALIDATION,
    "val": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
}


@dataclass(frozen=True, kw_only=True)
class Split:
    """The parts of a task's rows, and how they came about."""

    kind: SplitKind
    parts_R: np.ndarray
    """int8 [R]: position in SPLIT_NAMES, -1 for a row that isn't used."""
    text: str
    """How the rows were split and why, without the counts."""
    train_end: int | None
    """For kind `time`: the first moment that isn't train any more."""


def split_tasks(spec: DatasetSpec, tasks: Sequence[TaskRows], seed: int = 0) -> dict[str, Split]:
    """The split of each task, by name. `seed` is added to the declared seeds.

    DataError if a task declares a split that its rows can't have.
    """
    plans = {rows.task.name: plan_split(spec, rows, seed) for rows in tasks}
    found: dict[str, Split] = {}
    _split_by_time(plans, found)
    _split_by_hash(plans, found)
    for name, plan in plans.items():
        if name not in found:
            found[name] = _split_alone(plan)
    return {name: _limited(plans[name], _with_test_table(plans[name], found[name])) for name in plans}


def _split_by_time(plans: dict[str, SplitPlan], found: dict[str, Split]) -> None:
    """Cut points of all time splits; tasks with the same shares share them."""
    groups: dict[tuple[object, ...], dict[str, SplitPlan]] = defaultdict(dict)
    for name, plan in plans.items():
        if plan.spec.kind == "time":
            counts = plan.spec.validation >= 1 or plan.spec.test >= 1
            alone = name if counts or plan.rows.task.test_table else ""
            groups[plan.validation, plan.test, alone][name] = plan
    for group in groups.values():
        first = next(iter(group.values()))
        columns = {name: _times(plan)[: plan.size] for name, plan in group.items()}
        for name, (cuts, is_shared) in shared_cuts(columns, first.validation, first.test).items():
            plan = group[name]
            if cuts is None:
                raise DataError(
                    f"Task '{name}' can't be split by time: '{plan.rows.task.time}' has too few values."
                )
            text = f"by time ({plan.reason}): {_cut_text(cuts, plan)}"
            if len(group) > 1:
                text += ", cuts shared with other tasks" if is_shared else ", its own cuts"
            parts_R = cuts.parts(_times(plan))
            found[name] = Split(kind="time", parts_R=parts_R, text=text, train_end=cuts.train_end)


def _times(plan: SplitPlan) -> np.ndarray:
    assert plan.rows.time_R is not None, "a time split is only planned for tasks with a time"
    return plan.rows.time_R


def _cut_text(cuts: Cuts, plan: SplitPlan) -> str:
    def moment(value: int) -> str:
        return (
            str(np.datetime64(value, "ns").astype("datetime64[s]")).replace("T", " ")
            if plan.rows.time_is_date
            else f"{value}"
        )

    pieces = []
    if cuts.train_end is not None:
        pieces.append(f"train before {moment(cuts.train_end)}")
    if cuts.validation is not None:
        pieces.append(
            f"validation {f'before {moment(cuts.test)}' if cuts.test is not None else 'from there'}"
        )
    if cuts.test is not None:
        pieces.append("test from there")
    return ", ".join(pieces) or "all rows are train"


def _split_by_hash(plans: dict[str, SplitPlan], found: dict[str, Split]) -> None:
    """User and random splits: a hash of keys decides, with one cut for all tasks that draw the same."""
    groups: dict[tuple[object, ...], dict[str, SplitPlan]] = defaultdict(dict)
    for name, plan in plans.items():
        if plan.spec.kind == "user" or (plan.spec.kind == "random" and plan.spec.by is None):
            drawn = (
                (plan.spec.by or plan.rows.task.inputs[0],)
                if plan.spec.kind == "user"
                else plan.rows.task.inputs
            )
            shares = (plan.spec.validation, plan.spec.test, plan.rows.task.test_table)
            groups[(*shares, plan.spec.seed, drawn)][name] = plan
    for group in groups.values():
        hashes = {name: _drawing_hash(plan) for name, plan in group.items()}
        largest = max(group, key=lambda name: group[name].size)
        plan = group[largest]
        cuts = find_cuts([hashes[largest][: plan.size]], plan.validation, plan.test)
        if cuts is None:
            raise DataError(
                f"Task '{largest}' can't be split: its {plan.size:,} rows have too few distinct inputs."
            )
        for name, plan in group.items():
            text = f"at random by input keys ({plan.reason})"
            if plan.spec.kind == "user":
                text = f"by {plan.spec.by or plan.rows.task.inputs[0]}, each in one part ({plan.reason})"
            found[name] = Split(
                kind=plan.spec.kind, parts_R=cuts.parts(hashes[name]), text=text, train_end=None
            )


def _drawing_hash(plan: SplitPlan) -> np.ndarray:
    """uint64 [R]: what a draw goes by: the keys of `by` for a user split, else of all inputs."""
    positions = [plan.by()] if plan.spec.kind == "user" else range(len(plan.rows.inputs))
    return plan.rows.hashes(positions, plan.spec.seed)


def _split_alone(plan: SplitPlan) -> Split:
    """Splits that need no other task."""
    kind = plan.spec.kind
    size, rows = plan.size, plan.rows
    if kind == "column":
        return Split(
            kind=kind,
            parts_R=_column_parts(rows, plan.spec),
            text=f"by column '{plan.spec.column}' ({plan.reason})",
            train_end=None,
        )
    by_R = rows.inputs[plan.by()][:size]
    name = rows.task.inputs[plan.by()]
    parts_R = np.full(len(rows), TEST, np.int8)
    if kind == "leave_last_out":
        has_test = rows.task.test_table is None
        parts_R[:size] = last_out(by_R, _times(plan)[:size], has_test)
        text = (
            f"the last row of each {name} is {'test, the one before' if has_test else ''} validation".replace(
                "  ", " "
            )
        )
    else:
        parts_R[:size] = within_groups(by_R, _drawing_hash(plan)[:size], plan.validation, plan.test)
        text = f"at random within each {name}"
    return Split(kind=kind, parts_R=parts_R, text=f"{text} ({plan.reason})", train_end=None)


def _column_parts(rows: TaskRows, spec: SplitSpec) -> np.ndarray:
    assert rows.column is not None, "a column split is only planned for tables with the column"
    values = rows.column.values.to_pylist()
    unknown = [value for value in values if value.lower() not in SPLIT_WORDS]
    if unknown:
        raise DataError(
            f"Task '{rows.task.name}': column '{spec.column}' of {rows.task.table} holds '{unknown[0]}'; "
            "it must hold train, validation (or valid, val, dev) or test."
        )
    parts_V = np.array([*(SPLIT_WORDS[value.lower()] for value in values), UNUSED], np.int8)
    return parts_V[rows.column.codes_R]


def _with_test_table(plan: SplitPlan, split: Split) -> Split:
    if plan.rows.task.test_table is None:
        return split
    split.parts_R[plan.size :] = TEST
    return replace(split, text=f"{split.text}; test rows from {plan.rows.task.test_table}")


def _limited(plan: SplitPlan, split: Split) -> Split:
    """Applies `train`, the share or number of training rows that are kept."""
    if plan.spec.train is None:
        return split
    train = np.flatnonzero(split.parts_R == TRAIN)
    keep = int(plan.spec.train if plan.spec.train >= 1 else round(plan.spec.train * plan.size))
    if keep >= len(train):
        return split
    hashes = plan.rows.hashes(range(len(plan.rows.inputs)), plan.spec.seed + 1)[train]
    split.parts_R[train[np.argsort(hashes, kind="stable")[keep:]]] = UNUSED
    return replace(split, text=f"{split.text}; train limited to {keep:,} rows")
