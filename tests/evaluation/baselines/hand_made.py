"""Small compiled datasets written out by hand."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from mtrec_core.data.dataset import Dataset, EntityData, Histories, TaskData
from mtrec_core.data.features import CategoryColumn, FeatureEncoder
from mtrec_core.data.schema import SPLIT_NAMES, DatasetSpec, EntitySpec, TaskSpec

TASK = "task"


def entity(name, keys, *, texts=None, categories=None, numbers=None, histories=None, key="id", in_train=None):
    """Things with a text, one categorical column (codes from 1) and one number each, where given."""
    count = len(keys)
    codes = np.zeros((count, 0), np.int32) if categories is None else np.array(categories, np.int32)[:, None]
    values = () if categories is None else tuple(str(code) for code in range(1, int(codes.max()) + 1))
    columns = () if categories is None else (CategoryColumn(column="category", values=values),)
    return EntityData(
        spec=EntitySpec(name=name, key=key),
        keys=pa.array(keys, pa.string()),
        texts=None if texts is None else pa.array(texts, pa.string()),
        features=FeatureEncoder(categorical=columns),
        categorical_NC=codes,
        numeric_NF=np.zeros((count, 0), np.float32)
        if numbers is None
        else np.array(numbers, np.float32)[:, None],
        in_train_N=np.ones(count, bool) if in_train is None else np.array(in_train, bool),
        histories=histories,
    )


def history(item_entity, events, *, ordered=True, most=3):
    """The items of each entity, oldest first."""
    return Histories(
        item_entity=item_entity,
        starts_N1=np.concatenate([[0], np.cumsum([len(items) for items in events])]).astype(np.int64),
        items_E=np.array([item for items in events for item in items], np.int32),
        max_length=most,
        ordered=ordered,
    )


def dataset(
    kind, entities, inputs, splits, *, labels=None, classes=(), tags=None, ends=None, group=None, hour=None
):
    """One task called `task`.

    `inputs` maps entity names to codes per row, or is a list of (name, codes); `splits` holds a name or ""
    per row; `tags` a set of codes per row; `ends` position -> end of the history per row; `hour` a context
    number.
    """
    pairs = list(inputs.items()) if isinstance(inputs, dict) else inputs
    rows = len(splits)
    spec = TaskSpec(
        name=TASK,
        kind=kind,
        table="facts.csv",
        inputs=tuple(name for name, _ in pairs),
        group=None if group is None else "list",
        time=None if ends is None else "time",
        context=() if hour is None else ("hour",),
    )
    groups = None if group is None else sorted(set(group))
    data = TaskData(
        spec=spec,
        inputs=tuple(np.array(codes, np.int32) for _, codes in pairs),
        label_R=np.ones(rows, np.float32) if labels is None else np.array(labels, np.float32),
        classes=tuple(classes),
        tag_starts_R1=None if tags is None else np.concatenate([[0], np.cumsum([len(t) for t in tags])]),
        tag_codes=None if tags is None else np.array([tag for own in tags for tag in sorted(own)], np.int32),
        context=FeatureEncoder(),
        context_categorical_RC=np.zeros((rows, 0), np.int32),
        context_numeric_RF=np.zeros((rows, 0), np.float32)
        if hour is None
        else np.array(hour, np.float32)[:, None],
        group_R=None if groups is None else np.array([groups.index(name) for name in group], np.int32),
        group_keys=None if groups is None else pa.array(groups, pa.string()),
        time_R=None,
        history_end_R={place: np.array(end, np.int64) for place, end in (ends or {}).items()},
        split_R=np.array([SPLIT_NAMES.index(name) if name else -1 for name in splits], np.int8),
        split_text="by hand",
    )
    return Dataset(
        spec=DatasetSpec(
            name="hand made",
            folder=Path("."),
            tables=Path("."),
            entities={item.spec.name: item.spec for item in entities},
            tasks={TASK: spec},
        ),
        entities={item.spec.name: item for item in entities},
        tasks={TASK: data},
        fingerprint="",
    )
