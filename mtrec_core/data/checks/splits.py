"""Checks of the compiled dataset: sizes of the parts, overlap, what train has never seen. No torch here.

Shape suffixes: N = entities, R = compiled rows of a task.
"""

from collections.abc import Iterator

import numpy as np

from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import share
from mtrec_core.data.dataset import EntityData, TaskData
from mtrec_core.data.issues import MOST_EXAMPLES, Issue, level_of
from mtrec_core.data.keys import combine_hashes, mix
from mtrec_core.data.schema import SPLIT_NAMES

FEWEST_ROWS = 50
"""With fewer rows in validation or test a metric is mostly chance."""
MANY_UNSEEN = 0.01
MANY_OVERLAPPING = 0.01
MANY_COLD = 0.01
MANY_COLD_AND_BARE = 0.05
"""Above this share of rows about things that the model knows nothing of, a warning."""


def not_prepared(material: Material) -> Iterator[Issue]:
    """Any other reason why nothing can be compiled; `run` drops it beside another blocking issue."""
    if material.dataset is None and material.problem:
        yield preparation_issue(material.problem)


def preparation_issue(problem: str) -> Issue:
    """What is said when the dataset can't be compiled."""
    return Issue(
        level="blocking",
        code="not_prepared",
        text=f"The dataset can't be prepared for training. {problem}",
        fix="Mend what the sentence names, in the table or in dataset.toml.",
    )


def _tasks(material: Material) -> Iterator[TaskData]:
    yield from material.dataset.tasks.values() if material.dataset else ()


def few_rows(material: Material) -> Iterator[Issue]:
    """A train, validation or test part that is empty, too small, or has one answer only."""
    for task in _tasks(material):
        split = material.spec.split_of(task.spec)
        wanted = {
            "train": 1.0,
            "validation": split.validation,
            "test": 1.0 if task.spec.test_table else split.test,
        }
        for part in SPLIT_NAMES:
            rows = task.rows(part)
            if wanted[part] == 0:
                continue
            problem = ""
            if len(rows) < FEWEST_ROWS:
                problem = f"{len(rows):,} rows with a label"
            elif task.spec.kind == "binary" and len(np.unique(task.label_R[rows])) < 2:
                problem = f"{len(rows):,} rows with one and the same answer"
            if problem:
                yield Issue(
                    level="blocking" if len(rows) == 0 else "warning",
                    code="few_rows",
                    task=task.spec.name,
                    table=task.spec.table,
                    column=task.spec.label or "",
                    text=f"The {part} part of task '{task.spec.name}' has {problem}, so that its numbers say "
                    "little "
                    f"({task.split_text}).",
                    fix=f"Add rows, give {part} a larger share under `split`, or choose another kind of "
                    "split.",
                )


def unseen_classes(material: Material) -> Iterator[Issue]:
    """Classes that occur in validation or test and never in train."""
    for task in _tasks(material):
        labels, rows = material.labels(task.spec), material.rows(task.spec)
        if task.spec.kind != "multiclass" or labels is None or rows is None:
            continue
        all_R = labels.label_R[rows.complete_R]
        held_R = (task.split_R > 0) & ~np.isnan(all_R)
        lost = np.flatnonzero(held_R & np.isnan(task.label_R))
        if len(lost) == 0:
            continue
        names = [labels.classes[int(code)] for code in np.unique(all_R[lost])]
        file, numbers = rows.place_compiled(lost)
        yield Issue(
            level=level_of(len(lost), int(held_R.sum()), MANY_UNSEEN),
            code="unseen_classes",
            task=task.spec.name,
            table=file,
            column=task.spec.label or "",
            rows=numbers,
            text=f"{len(names):,} classes of task '{task.spec.name}' occur in validation or test and never "
            "in train; "
            f"{share(len(lost), int(held_R.sum()))} of these rows are left out.",
            fix="Collect training rows of these classes, join them to others, or check that both parts spell "
            "them alike.",
            examples=tuple(names[:MOST_EXAMPLES]),
        )


def split_overlap(material: Material) -> Iterator[Issue]:
    """Test rows whose inputs (and context) also stand in a training row."""
    for task in _tasks(material):
        columns = [*task.inputs, *task.context_categorical_RC.T]
        hashed = [mix(column.astype(np.int64)) for column in columns]
        hashed += [mix(column.astype(np.float64).view(np.int64)) for column in task.context_numeric_RF.T]
        inputs_R = combine_hashes(hashed)
        train, test = task.rows("train"), task.rows("test")
        both = test[np.isin(inputs_R[test], inputs_R[train])]
        many = len(both) > MANY_OVERLAPPING * len(test)
        is_timed = task.spec.time is not None
        if len(both) == 0 or (is_timed and not many):
            continue
        rows = material.rows(task.spec)
        file, numbers = rows.place_compiled(both) if rows else ("", ())
        if is_timed:
            means = "the same happened again later, as it does with repeat purchases"
            fix = (
                "Nothing to do if repeats are what you want to predict; else keep each pair's first row only."
            )
        else:
            means = "a model that learns them by heart looks better than it is"
            fix = "Drop the copies, or keep equal inputs in one part (the split 'random' does that)."
        yield Issue(
            level="warning" if many and not is_timed else "info",
            code="split_overlap",
            task=task.spec.name,
            table=file,
            rows=numbers,
            text=f"{share(len(both), len(test))} test rows of task '{task.spec.name}' have the same inputs "
            "as a training row; "
            f"{means}.",
            fix=fix,
        )


def cold_start(material: Material) -> Iterator[Issue]:
    """Validation and test rows whose user or item never occurs in a training row of any task."""
    for task in _tasks(material):
        for position, name in enumerate(task.spec.inputs):
            assert material.dataset is not None
            entity = material.dataset.entities[name]
            if entity.spec.key is None:
                continue
            yield from _cold(material, task, position, entity)


def _cold(material: Material, task: TaskData, position: int, entity: EntityData) -> Iterator[Issue]:
    codes_R, name = task.inputs[position], entity.spec.name
    cold = {part: _rows_of(task, part, ~entity.in_train_N[codes_R]) for part in ("validation", "test")}
    totals = {part: len(task.rows(part)) for part in cold}
    if not any(len(cold[part]) > MANY_COLD * totals[part] for part in cold):
        return
    spec = entity.spec
    known_by = [
        word
        for word, is_there in (
            ("its text", spec.text is not None),
            ("its features", bool(spec.categorical or spec.numeric)),
            ("its history", spec.history is not None),
        )
        if is_there
    ]
    is_bare_and_many = not known_by and any(
        len(cold[part]) > MANY_COLD_AND_BARE * totals[part] for part in cold
    )
    first = cold["test"] if len(cold["test"]) else cold["validation"]
    rows = material.rows(task.spec)
    file, numbers = rows.place_compiled(first) if rows else ("", ())
    counted = " and ".join(f"{share(len(cold[part]), totals[part])} {part} rows" for part in cold)
    if known_by:
        fix = f"Nothing to do: the model knows a new {name} by {' and '.join(known_by)}."
    else:
        fix = f"Give '{name}' a text or features; without them all new ones look the same to the model."
    yield Issue(
        level="warning" if is_bare_and_many else "info",
        code="cold_start",
        task=task.spec.name,
        table=file,
        column=material.key_column(task.spec, position),
        rows=numbers,
        text=f"{counted} of task '{task.spec.name}' are about a {name} that no training row has.",
        fix=fix,
    )


def _rows_of(task: TaskData, part: str, chosen_R: np.ndarray) -> np.ndarray:
    rows = task.rows(part)
    return rows[chosen_R[rows]]
