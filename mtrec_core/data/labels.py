"""Labels from columns: numbers, yes/no, classes and tags as training rows know them. No torch here.

Shape suffix: R = rows of a task.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.keys import Coded, first_rows
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.reading import FIRST_ROW
from mtrec_core.data.schema import TaskSpec
from mtrec_core.data.tables import Fact
from mtrec_core.errors import DataError

YES = ("1", "true", "yes")
NO = ("0", "false", "no")


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of a task's rows, as in `TaskData`."""

    label_R: np.ndarray
    """float32 [R], NaN without a label."""
    classes: tuple[str, ...] = ()
    tag_starts_R1: np.ndarray | None = None
    tag_codes: np.ndarray | None = None


def read_labels(task: TaskSpec, fact: Fact) -> Labels:
    """The labels of all rows, with every class or tag that occurs. DataError for a value that is no label."""
    form = TASK_KINDS[task.kind].label
    if form == "none":
        return Labels(label_R=np.ones(len(fact), np.float32))
    if task.label is None:
        raise DataError(f"Task '{task.name}' is of kind '{task.kind}' and needs a `label`; name its column.")
    if form in ("number", "grade"):
        return Labels(label_R=fact.numbers(task.label).astype(np.float32))
    coded = fact.coded(task.label)
    if form == "zero_one":
        return Labels(label_R=_zero_one(task, fact, coded))
    if form == "class":
        return _classes(coded)
    return _tags(coded, task.separator)


def where_possible(labels: Labels, earlier: Labels) -> Labels:
    """The labels of a task after another: an empty cell is a no where that one has a no."""
    impossible_R = np.isnan(labels.label_R) & (earlier.label_R == 0)
    return replace(labels, label_R=np.where(impossible_R, np.float32(0), labels.label_R))


def _zero_one(task: TaskSpec, fact: Fact, coded: Coded) -> np.ndarray:
    used = first_rows(coded.codes_R, len(coded.values))
    if task.positive is not None:
        is_yes = np.asarray(pc.equal(coded.values, task.positive)).astype(bool)
        if not is_yes[used >= 0].any():
            found = ", ".join(coded.values.take(pa.array(np.flatnonzero(used >= 0)[:5])).to_pylist())
            raise DataError(
                f"Task '{task.name}': no '{task.positive}' in {task.label}, only {found or 'nothing'}."
            )
        return _by_code(is_yes, coded)
    lower = pc.utf8_lower(coded.values)
    is_yes = np.asarray(pc.is_in(lower, pa.array(YES)))
    is_no = np.asarray(pc.is_in(lower, pa.array(NO)))
    wrong = np.flatnonzero(~is_yes & ~is_no & (used >= 0))
    if len(wrong):
        first = wrong[np.argmin(used[wrong])]
        file, row = fact.place(int(used[first]))
        raise DataError(
            f"Task '{task.name}': column '{task.label}' of {file} has "
            f"'{coded.values[int(first)].as_py()}' in row {row + FIRST_ROW}. A yes/no label holds 0 or 1, "
            "true or false, yes or no; name another yes as `positive`."
        )
    return _by_code(is_yes, coded)


def _by_code(values_V: np.ndarray, coded: Coded) -> np.ndarray:
    """float32 [R]: the rows' values, NaN for a missing cell."""
    return np.append(values_V.astype(np.float32), np.float32(np.nan))[coded.codes_R]


def _classes(coded: Coded) -> Labels:
    order, names = _ordered(coded.values)
    codes = np.empty(len(order) + 1, np.float32)
    codes[order] = np.arange(len(order))
    codes[-1] = np.nan
    return Labels(label_R=codes[coded.codes_R], classes=names)


def _ordered(values: pa.Array) -> tuple[np.ndarray, tuple[str, ...]]:
    """Names in order, by number if all are numbers, and their old positions."""
    texts = values.to_pylist()
    try:
        order = sorted(range(len(texts)), key=lambda place: float(texts[place]))
    except ValueError:
        order = sorted(range(len(texts)), key=texts.__getitem__)
    return np.array(order, np.int64), tuple(texts[place] for place in order)


def _tags(coded: Coded, separator: str) -> Labels:
    """Each distinct cell is taken apart once; the rows then repeat their cell's tags."""
    lists = pc.split_pattern(coded.values, separator)
    tags = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    cells = np.asarray(pc.list_parent_indices(lists))
    filled = np.asarray(pc.not_equal(tags, ""))
    encoded = tags.filter(pa.array(filled)).dictionary_encode()
    order, names = _ordered(encoded.dictionary)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    pairs = np.unique(np.stack([cells[filled], place[np.asarray(encoded.indices)]], axis=1), axis=0)
    starts = np.searchsorted(pairs[:, 0], np.arange(len(coded.values) + 1))
    label_R = np.where(coded.codes_R >= 0, np.float32(1), np.float32(np.nan)).astype(np.float32)
    starts_R1, codes = _expand(starts, pairs[:, 1].astype(np.int32), coded.codes_R)
    return Labels(label_R=label_R, classes=names, tag_starts_R1=starts_R1, tag_codes=codes)


def _expand(starts_V1: np.ndarray, items: np.ndarray, codes_R: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lists of values as lists of rows; code -1 has an empty list."""
    sizes_R = np.append(np.diff(starts_V1), 0)[codes_R]
    starts_R1 = np.concatenate([[0], np.cumsum(sizes_R)]).astype(np.int64)
    first_R = np.append(starts_V1[:-1], 0)[codes_R]
    places = np.repeat(first_R - starts_R1[:-1], sizes_R) + np.arange(starts_R1[-1])
    return starts_R1, items[places]


def under_known_classes(labels: Labels, classes: tuple[str, ...]) -> Labels:
    """Labels under the codes of another list of classes; a class outside it is no label, a tag is dropped."""
    if not labels.classes:
        return labels
    place = {name: code for code, name in enumerate(classes)}
    new_codes = np.array([place.get(name, -1) for name in labels.classes], np.int32)
    if labels.tag_codes is not None and labels.tag_starts_R1 is not None:
        return _recoded_tags(labels, classes, new_codes)
    label_R = np.full(len(labels.label_R), np.nan, np.float32)
    known = np.flatnonzero(~np.isnan(labels.label_R))
    codes = new_codes[labels.label_R[known].astype(np.int64)]
    label_R[known] = np.where(codes < 0, np.nan, codes)
    return replace(labels, label_R=label_R, classes=classes)


def _recoded_tags(labels: Labels, classes: tuple[str, ...], new_codes: np.ndarray) -> Labels:
    assert labels.tag_codes is not None
    assert labels.tag_starts_R1 is not None
    size = len(labels.label_R)
    rows = np.repeat(np.arange(size), np.diff(labels.tag_starts_R1))
    codes = new_codes[labels.tag_codes]
    sizes_R = np.bincount(rows[codes >= 0], minlength=size)
    starts_R1 = np.concatenate([[0], np.cumsum(sizes_R)]).astype(np.int64)
    return replace(labels, classes=classes, tag_starts_R1=starts_R1, tag_codes=codes[codes >= 0])


def keep_train_classes(task: TaskSpec, labels: Labels, train_rows: np.ndarray) -> Labels:
    """The same labels with the classes (or frequent tags) that training rows have; DataError for no tag."""
    if not labels.classes:
        return labels
    if labels.tag_codes is not None and labels.tag_starts_R1 is not None:
        return _keep_frequent_tags(task, labels, train_rows)
    counts = np.bincount(labels.label_R[train_rows].astype(np.int64), minlength=len(labels.classes))
    return under_known_classes(labels, _where(labels.classes, counts > 0))


def _where(names: tuple[str, ...], kept: np.ndarray) -> tuple[str, ...]:
    return tuple(names[place] for place in np.flatnonzero(kept).tolist())


def _keep_frequent_tags(task: TaskSpec, labels: Labels, train_rows: np.ndarray) -> Labels:
    starts_R1, tag_codes = labels.tag_starts_R1, labels.tag_codes
    assert starts_R1 is not None
    assert tag_codes is not None
    is_train_R = np.zeros(len(labels.label_R), bool)
    is_train_R[train_rows] = True
    rows = np.repeat(np.arange(len(is_train_R)), np.diff(starts_R1))
    counts = np.bincount(tag_codes[is_train_R[rows]], minlength=len(labels.classes))
    frequent = counts >= task.min_count
    if not frequent.any():
        raise DataError(
            f"Task '{task.name}': no tag has {task.min_count} training rows (at most {counts.max()}); "
            "lower its `min_count`."
        )
    return under_known_classes(labels, _where(labels.classes, frequent))
