"""Checks of the compiled dataset: sizes of the parts, what train has never seen. No torch here.

Shape suffixes: N = entities, R = compiled rows of a task.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import number_of, one, share
from mtrec_core.data.dataset import EntityData, TaskData
from mtrec_core.data.issues import MOST_EXAMPLES, Issue, level_of
from mtrec_core.data.schema import SPLIT_NAMES, EntitySpec

FEWEST_ROWS = 50
"""With fewer rows in validation or test a metric is mostly chance."""
MANY_UNSEEN = 0.01
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
        shares = {
            "train": 1.0,
            "validation": split.validation,
            "test": 1.0 if task.spec.test_table else split.test,
        }
        sizes = {part: len(task.rows(part)) for part in SPLIT_NAMES if shares[part] > 0}
        known = task.label_R[~np.isnan(task.label_R)]
        problems = []
        for part, size in sizes.items():
            if size < FEWEST_ROWS:
                problems.append(f"{part} has {number_of(size, 'row')} with a label")
            elif _is_flat(task, task.label_R[task.rows(part)]) and not _is_flat(task, known):
                problems.append(f"{part} has {number_of(size, 'row')} with one and the same answer")
        if problems:
            yield Issue(
                level="blocking" if min(sizes.values()) == 0 else "warning",
                code="few_rows",
                task=task.spec.name,
                table=task.spec.table,
                column=task.spec.label or "",
                text=f"Task '{task.spec.name}' is too small to be measured well: {' and '.join(problems)} "
                f"({task.split_text}).",
                fix="Add rows, change the shares under `split`, or choose another kind of split.",
            )


def _is_flat(task: TaskData, label_R: np.ndarray) -> bool:
    """Whether a yes/no task has one answer only."""
    return task.spec.kind == "binary" and len(np.unique(label_R)) < 2


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
            text=f"Train lacks {number_of(len(names), 'class')} of task '{task.spec.name}' that validation "
            f"or test has; {share(len(lost), int(held_R.sum()))} of their rows are left out.",
            fix="Collect training rows of these classes, join them to others, or check that both parts "
            "spell them alike.",
            examples=tuple(names[:MOST_EXAMPLES]),
        )


def cold_start(material: Material) -> Iterator[Issue]:
    """Validation and test rows whose user or item never occurs in a training row of any task."""
    merged: dict[Issue, list[str]] = {}
    for task in _tasks(material):
        if len(task.inputs) == 1:
            continue  # a task about one thing is split by it, so that all held-out things are new
        for position, name in enumerate(task.spec.inputs):
            assert material.dataset is not None
            entity = material.dataset.entities[name]
            issue = _cold(material, task, position, entity) if entity.spec.key is not None else None
            if issue:
                merged.setdefault(issue, []).append(task.spec.name)
    for issue, tasks in merged.items():
        names = " and ".join(f"'{name}'" for name in dict.fromkeys(tasks))
        text = f"{issue.text} ({'task' if len(tasks) == 1 else 'tasks'} {names})."
        yield replace(issue, text=text, task=tasks[0] if len(tasks) == 1 else "")


def _cold(material: Material, task: TaskData, position: int, entity: EntityData) -> Issue | None:
    """What is said about one input of a task, without the task's name."""
    codes_R, spec = task.inputs[position], entity.spec
    parts = {part: task.rows(part) for part in ("validation", "test")}
    cold = {part: rows[~entity.in_train_N[codes_R[rows]]] for part, rows in parts.items()}
    shares = {part: len(cold[part]) / max(len(parts[part]), 1) for part in parts}
    if max(shares.values()) <= MANY_COLD:
        return None
    first = cold["test"] if len(cold["test"]) else cold["validation"]
    rows = material.rows(task.spec)
    file, numbers = rows.place_compiled(first) if rows else ("", ())
    told = [f"{share(len(cold[part]), len(parts[part]))} {part} rows" for part in parts if len(cold[part])]
    known_by = _known_by(spec)
    if known_by:
        fix = f"Nothing to do: the model knows a new {spec.name} by {' and '.join(known_by)}."
    else:
        fix = f"Give '{spec.name}' a text or features; without them all new ones look the same to the model."
    return Issue(
        level="warning" if not known_by and max(shares.values()) > MANY_COLD_AND_BARE else "info",
        code="cold_start",
        table=file,
        column=material.key_column(task.spec, position),
        rows=numbers,
        text=f"{' and '.join(told)} are about {one(spec.name)} that no training row has",
        fix=fix,
    )


def _known_by(entity: EntitySpec) -> list[str]:
    """What a model knows of a thing that it never saw."""
    known_by = ["its text"] if entity.text else []
    known_by += ["its features"] if entity.categorical or entity.numeric else []
    return known_by + (["its history"] if entity.history else [])
