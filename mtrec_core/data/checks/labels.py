"""Checks of the labels: enough of them, of each answer, of each class. No torch here."""

from collections.abc import Iterator

import numpy as np

from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import share
from mtrec_core.data.issues import MOST_EXAMPLES, Issue, level_of
from mtrec_core.data.labels import Labels
from mtrec_core.data.schema import TaskSpec

FEWEST_POSITIVES = 20
SMALL_CLASS = 10
MANY_IN_SMALL_CLASSES = 0.01
MANY_RARE_TAGS = 0.2
MANY_MISSING = 0.9


def one_class(material: Material) -> Iterator[Issue]:
    """A task whose labels are all the same."""
    for task in material.spec.tasks.values():
        labels = material.labels(task)
        if labels is None:
            continue
        if task.kind == "retrieval":
            yield from _one_target(material, task)
        elif task.kind == "multilabel":
            yield from _no_frequent_tag(task, labels)
        else:
            known = np.unique(labels.label_R[~np.isnan(labels.label_R)])
            if len(known) == 1:
                value = labels.classes[int(known[0])] if labels.classes else f"{known[0]:g}"
                yield Issue(
                    level="blocking",
                    code="one_class",
                    task=task.name,
                    table=task.table,
                    column=task.label or "",
                    text=f"All labels of task '{task.name}' are the same ({value}); there is nothing to "
                    "learn.",
                    fix="Add rows with other labels; if only positives are recorded, make it a 'retrieval' "
                    "task. Otherwise leave the task out.",
                    examples=(value,),
                )


def _one_target(material: Material, task: TaskSpec) -> Iterator[Issue]:
    rows = material.rows(task)
    coded = rows.keys[-1] if rows else None
    if coded is None:
        return
    used = np.unique(coded.codes_R[coded.codes_R >= 0])
    if len(used) == 1:
        key = coded.values[int(used[0])].as_py()
        yield Issue(
            level="blocking",
            code="one_class",
            task=task.name,
            table=task.table,
            column=material.key_column(task, len(task.inputs) - 1),
            text=f"All rows of task '{task.name}' have the same {task.target} ({key}); there is nothing to "
            "choose from.",
            fix=f"Add rows with other values of {task.target}, or leave the task out.",
            examples=(key,),
        )


def _no_frequent_tag(task: TaskSpec, labels: Labels) -> Iterator[Issue]:
    counts = _tag_counts(labels)
    if len(counts) and counts.max() < task.min_count:
        yield Issue(
            level="blocking",
            code="one_class",
            task=task.name,
            table=task.table,
            column=task.label or "",
            text=f"No tag of task '{task.name}' stands in {task.min_count} rows; the most frequent has "
            f"{counts.max()}.",
            fix=f"Check the `separator` (now '{task.separator}'), lower `min_count`, or leave the task out.",
            examples=labels.classes[:MOST_EXAMPLES],
        )


def _tag_counts(labels: Labels, rows: np.ndarray | None = None) -> np.ndarray:
    """int64: in how many of the rows (None: of all) each tag stands."""
    if labels.tag_codes is None or labels.tag_starts_R1 is None:
        return np.zeros(len(labels.classes), np.int64)
    codes = labels.tag_codes
    if rows is not None:
        chosen = np.zeros(len(labels.label_R), bool)
        chosen[rows] = True
        codes = codes[np.repeat(chosen, np.diff(labels.tag_starts_R1))]
    return np.bincount(codes, minlength=len(labels.classes))


def few_positives(material: Material) -> Iterator[Issue]:
    """A yes/no task with fewer than 20 rows of its rarer answer in train."""
    for task in material.spec.tasks.values():
        labels = material.labels(task)
        if task.kind != "binary" or labels is None:
            continue
        label_R, where = labels.label_R, "all rows"
        if material.dataset is not None:
            data = material.dataset.tasks[task.name]
            label_R, where = data.label_R[data.rows("train")], "the training rows"
        yes, no = int((label_R == 1).sum()), int((label_R == 0).sum())
        if min(yes, no) >= FEWEST_POSITIVES or len(np.unique(labels.label_R[~np.isnan(labels.label_R)])) < 2:
            continue
        yield Issue(
            level="warning",
            code="few_positives",
            task=task.name,
            table=task.table,
            column=task.label or "",
            text=f"Task '{task.name}' has {yes:,} yes and {no:,} no in {where}; fewer than "
            f"{FEWEST_POSITIVES} of one answer teach little, and its numbers will vary from seed to seed.",
            fix="Collect more rows of the rarer answer, use a longer span of time, or choose a more "
            "frequent event.",
        )


def small_classes(material: Material) -> Iterator[Issue]:
    """Classes with fewer than 10 rows."""
    for task in material.spec.tasks.values():
        labels = material.labels(task)
        if task.kind != "multiclass" or labels is None:
            continue
        known = labels.label_R[~np.isnan(labels.label_R)].astype(np.int64)
        counts = np.bincount(known, minlength=len(labels.classes))
        small = np.flatnonzero((counts > 0) & (counts < SMALL_CLASS))
        if len(small) == 0 or (counts > 0).sum() < 2:
            continue
        small = small[np.argsort(counts[small], kind="stable")]
        named = tuple(f"{labels.classes[code]} ({counts[code]})" for code in small[:MOST_EXAMPLES])
        in_small = int(counts[small].sum())
        yield Issue(
            level=level_of(in_small, len(known), MANY_IN_SMALL_CLASSES),
            code="small_classes",
            task=task.name,
            table=task.table,
            column=task.label or "",
            text=f"{share(len(small), int((counts > 0).sum()))} classes of task '{task.name}' have fewer "
            f"than {SMALL_CLASS} rows, such as {', '.join(named[:3])}; together "
            f"{share(in_small, len(known))} rows.",
            fix="Join them to a larger class or to one called 'other', or collect more rows; macro F1 "
            "counts them fully.",
            examples=named,
        )


def rare_tags(material: Material) -> Iterator[Issue]:
    """Tags that too few rows carry to be predicted."""
    for task in material.spec.tasks.values():
        labels = material.labels(task)
        if task.kind != "multilabel" or labels is None:
            continue
        data = material.dataset.tasks[task.name] if material.dataset else None
        rows = material.rows(task)
        if data is None or rows is None:
            continue
        counts = _tag_counts(labels, np.flatnonzero(rows.complete_R)[data.rows("train")])
        is_rare = counts < task.min_count
        rare = np.flatnonzero(is_rare & (counts > 0))
        if len(rare) == 0 or not (~is_rare).any():
            continue
        lost = int(counts[rare].sum())
        most = rare[np.argsort(-counts[rare], kind="stable")][:MOST_EXAMPLES]
        yield Issue(
            level=level_of(lost, int(counts.sum()), MANY_RARE_TAGS),
            code="rare_tags",
            task=task.name,
            table=task.table,
            column=task.label or "",
            text=f"{share(len(rare), int((counts > 0).sum()))} tags of task '{task.name}' stand in fewer "
            f"than {task.min_count} training rows and are not predicted; they are "
            f"{share(lost, int(counts.sum()))} of all tags given.",
            fix="Lower `min_count` to predict rarer tags, or join tags that mean the same.",
            examples=tuple(f"{labels.classes[code]} ({counts[code]})" for code in most),
        )


def missing_labels(material: Material) -> Iterator[Issue]:
    """Rows without a label."""
    for task in material.spec.tasks.values():
        labels, rows = material.labels(task), material.rows(task)
        if labels is None or rows is None:
            continue
        missing = np.flatnonzero(np.isnan(labels.label_R))
        if len(missing) == 0:
            continue
        file, numbers = rows.place(missing)
        every = len(missing) == len(rows)
        yield Issue(
            level=level_of(len(missing), len(rows), MANY_MISSING, all_block=True),
            code="missing_labels",
            task=task.name,
            table=file,
            column=task.label or "",
            rows=numbers,
            text=f"{share(len(missing), len(rows))} rows of task '{task.name}' have no '{task.label}'; "
            + ("there is nothing to learn." if every else "they are left out of this task."),
            fix="Name the column that holds the labels, or leave the task out."
            if every
            else "Nothing to do if they are unknown; fill in the cells if an empty cell means no or 0.",
        )
