"""Checks for label leakage: the label among the features, or a column that gives it away. No torch here.

Shape suffixes: R = compiled rows of a task, N = entities, V = distinct keys of a table.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.checks.declared import feature_columns, task_files, text_columns
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.revealing import FEWEST_OWNERS, LabelScale, Reveal, find_reveal
from mtrec_core.data.dataset import TaskData
from mtrec_core.data.features import column_numbers
from mtrec_core.data.issues import Issue
from mtrec_core.data.keys import code_column, first_rows
from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import DataError

SCALES: dict[str, LabelScale] = {
    "binary": "yes_no",
    "multiclass": "class",
    "retrieval": "class",
    "regression": "number",
    "ranking": "number",
}
"""How a label is judged by kind of task; tags are not judged by column."""


def label_among_features(material: Material) -> Iterator[Issue]:
    """The label's own column in a text template, a feature list or the context."""
    for task in material.spec.tasks.values():
        label = task.label or material.key_column(task, len(task.inputs) - 1)
        if not label:
            continue
        what = "label" if task.label else "target"
        if label in task.context:
            yield _own_label(
                task, label, f"the context of task '{task.name}'", f"Take '{label}' out of `context`.", what
            )
        for name in dict.fromkeys(task.query_inputs):
            entity = material.spec.entities[name]
            if entity.table is not None and entity.table not in task_files(task):
                continue
            places = [
                ("text", text_columns(entity)),
                ("categorical", entity.categorical),
                ("numeric", entity.numeric),
            ]
            for place, columns in places:
                if label in columns:
                    where = f"`{place}` of entity '{name}'"
                    fix = f"Take '{label}' out of {where}, or give this task an entity without it."
                    yield _own_label(task, label, where, fix, what)


def _own_label(task: TaskSpec, label: str, where: str, fix: str, what: str) -> Issue:
    return Issue(
        level="blocking",
        code="label_among_features",
        task=task.name,
        table=task.table,
        column=label,
        text=f"'{label}' is the {what} of task '{task.name}' and stands in {where} too; the model would "
        "copy the answer.",
        fix=fix,
    )


def revealing_column(material: Material) -> Iterator[Issue]:
    """A feature of the inputs or of the context that alone predicts the label on held-out rows."""
    if material.dataset is None:
        return
    for task in material.dataset.tasks.values():
        scale = SCALES.get(task.spec.kind)
        if scale is None:
            continue
        label_R = task.inputs[-1] if task.spec.kind == "retrieval" else task.label_R
        label_R = np.where(task.split_R >= 0, label_R, np.nan)
        for position in range(len(task.spec.query_inputs)):
            yield from _revealing_features(material, task, position, label_R, scale)
        yield from _revealing_context(material, task, label_R, scale)


def _revealing_features(
    material: Material, task: TaskData, position: int, label_R: np.ndarray, scale: LabelScale
) -> Iterator[Issue]:
    name = task.spec.inputs[position]
    entity = material.spec.entities[name]
    label = task.spec.label or material.key_column(task.spec, len(task.spec.inputs) - 1)
    is_label_here = entity.table is None or entity.table in task_files(task.spec)
    for column in feature_columns(entity):
        if column == entity.key or (column == label and is_label_here):
            continue
        values_R = feature_of_rows(material, task, position, column)
        found = find_reveal(values_R, label_R, task.inputs[position], scale) if values_R is not None else None
        if found:
            yield _revealed(task.spec, entity.table or task.spec.table, column, name, found)


def feature_of_rows(material: Material, task: TaskData, position: int, column: str) -> np.ndarray | None:
    """[R]: a column of an input's entity per row of a task, as numbers or codes; None if it isn't there."""
    entity, rows = material.spec.entities[task.spec.inputs[position]], material.rows(task.spec)
    is_numeric = column in entity.numeric
    if entity.table is None:
        if rows is None or column not in rows.fact.names:
            return None
        values_R = _values(rows.fact.column(column), is_numeric)
        return None if values_R is None else values_R[rows.complete_R]
    keys = material.coded(entity.table, entity.key or "")
    if keys is None or material.dataset is None:
        return None
    values = _values(material.tables.column(entity.table, column), is_numeric)
    if values is None:
        return None
    row_V = np.append(first_rows(keys.codes_R, len(keys.values)), -1)
    place_N = pc.fill_null(
        pc.index_in(material.dataset.entities[entity.name].keys, value_set=keys.values), -1
    )
    row_N = row_V[np.asarray(place_N)]
    return np.append(values, np.array([np.nan if is_numeric else -1], values.dtype))[row_N][
        task.inputs[position]
    ]


def _revealing_context(
    material: Material, task: TaskData, label_R: np.ndarray, scale: LabelScale
) -> Iterator[Issue]:
    rows = material.rows(task.spec)
    if not task.spec.context:
        return
    owner_R = max(task.inputs, key=_distinct)
    if _distinct(owner_R) < FEWEST_OWNERS:
        owner_R = np.arange(len(label_R))
    for column in task.spec.context:
        if rows is None or column == task.spec.label:
            continue
        cells = rows.fact.column(column)
        is_number = pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type)
        values = _values(cells, is_number)
        found = find_reveal(values[rows.complete_R], label_R, owner_R, scale) if values is not None else None
        if found:
            yield _revealed(task.spec, task.spec.table, column, "", found)


def _distinct(codes_R: np.ndarray) -> int:
    return int(np.count_nonzero(np.bincount(codes_R)))


def _values(column: pa.ChunkedArray, is_numeric: bool) -> np.ndarray | None:
    """Numbers as float64, else codes; None where a cell is no number (`number_type` reports that)."""
    if not is_numeric:
        return code_column(column).codes_R
    try:
        return column_numbers(column, "")
    except DataError:
        return None


def _revealed(task: TaskSpec, table: str, column: str, entity: str, found: Reveal) -> Issue:
    """The issue; `entity` is "" for a column of the context."""
    role, place = (
        (f"a feature of '{entity}'", f"entity '{entity}'") if entity else ("part of the context", "`context`")
    )
    measure = f"{found.measure} {found.value:.3f}".replace("R2", "R²")
    what = f"the label '{task.label}'" if task.label else f"the {task.target}"
    return Issue(
        level="warning",
        code="revealing_column",
        task=task.name,
        table=table,
        column=column,
        text=f"'{column}' of {table}, {role}, alone predicts {what} of task '{task.name}' on rows held out "
        f"from it ({measure}).",
        fix=f"If '{column}' is known only after the outcome, or is made from it, take it out of {place}. "
        "Keep it if it is known beforehand; then a rule would do instead of a model.",
    )
