"""The names of classes as texts to learn from: `card_arrival` is an example of its own class. No torch here.

Helps where classes have few rows. Only for a task with one input that is nothing but a text.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from mtrec_core.data.compile_entities import goes_by_content
from mtrec_core.data.cuts import TRAIN
from mtrec_core.data.dataset import Dataset, EntityData, TaskData
from mtrec_core.data.rows import compile_rows
from mtrec_core.data.templates import template_columns
from mtrec_core.errors import SettingError


def with_class_names(dataset: Dataset) -> Dataset:
    """The dataset with one more training row for each class whose name has words; rows keep their places.

    SettingError if no task has such classes and reads nothing but a text.
    """
    fitting = [name for name, task in dataset.tasks.items() if _fits(task, dataset.entities)]
    if not fitting:
        raise SettingError(
            "data.class_names needs a multiclass task with one input that is a text without a key, and with "
            f"no context; '{dataset.spec.name}' has none. Leave the setting out."
        )
    for name in fitting:
        dataset = _with_rows(dataset, name)
    return dataset


def spoken(name: str) -> str:
    """`card_arrival` and `cardArrival` as words."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[_\-/|.\s]+", " ", apart).strip()


def _fits(task: TaskData, entities: Mapping[str, EntityData]) -> bool:
    spec = task.spec
    if spec.kind != "multiclass" or len(spec.inputs) != 1 or spec.context:
        return False
    entity = entities[spec.inputs[0]].spec
    return (
        goes_by_content(entity) and not entity.categorical and not entity.numeric and entity.text is not None
    )


def _with_rows(dataset: Dataset, name: str) -> Dataset:
    task = dataset.tasks[name]
    entity = task.spec.inputs[0]
    named = [label for label in task.classes if re.search(r"[^\W\d_]{2}", label)]
    if not named:
        return dataset
    column = template_columns(dataset.entities[entity].spec.text)[0]
    table = pa.table({column: [spoken(label) for label in named], str(task.spec.label): named})
    grown = compile_rows(dataset, name, table, name="the names of classes")
    added, things = grown.tasks[name], grown.entities[entity]
    in_train_N = things.in_train_N.copy()
    in_train_N[added.inputs[0]] = True
    longer = replace(
        task,
        inputs=(np.concatenate([task.inputs[0], added.inputs[0]]),),
        label_R=np.concatenate([task.label_R, added.label_R]),
        context_categorical_RC=_filled(task.context_categorical_RC, len(named), 0),
        context_numeric_RF=_filled(task.context_numeric_RF, len(named), 0),
        group_R=None if task.group_R is None else _filled(task.group_R, len(named), -1),
        time_R=None if task.time_R is None else _filled(task.time_R, len(named), task.time_R.min()),
        split_R=_filled(task.split_R, len(named), TRAIN),
        split_text=f"{task.split_text}; {len(named):,} names of classes added to train",
    )
    entities = {**dataset.entities, entity: replace(things, in_train_N=in_train_N)}
    return replace(dataset, entities=entities, tasks={**dataset.tasks, name: longer})


def _filled(values: np.ndarray, count: int, value: float) -> np.ndarray:
    """The array with `count` more rows of one value."""
    return np.concatenate([values, np.full((count, *values.shape[1:]), value, values.dtype)])
