"""What a dataset looks like in numbers: entities, texts, gaps, labels, activity, long tail. No torch here.

`profile` feeds the Data page and `check --json`; everything in it is small, however large the tables are.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.checks.declared import feature_columns
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.texts import TOKEN_LIMIT, count_words, estimated_tokens
from mtrec_core.data.checks.times import is_early, is_late, unit_of
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.dataset import Dataset, EntityData, TaskData
from mtrec_core.data.profile_series import (
    Activity,
    Bar,
    LongTail,
    Spread,
    activity,
    class_bars,
    histogram,
    long_tail,
    spread,
)
from mtrec_core.data.reading import NO_TIME
from mtrec_core.data.schema import SPLIT_NAMES, DatasetSpec, EntitySpec


@dataclass(frozen=True, kw_only=True)
class TextProfile:
    """The texts of an entity, as the encoder will see them."""

    present: float
    """Share of the things that have a text."""
    distinct: int
    """Different texts: so many have to be encoded."""
    words: Spread
    tokens: Spread
    """Estimated from the words."""
    over_limit: float
    """Share of the things with more than 256 tokens."""


@dataclass(frozen=True, kw_only=True)
class EntityProfile:
    """The things of one kind."""

    name: str
    table: str
    """File of its own table; "" for an inline entity."""
    count: int
    in_train: int
    """How many stand in a training row."""
    text: TextProfile | None
    missing: dict[str, float]
    """Column -> share of empty cells, in the own table, else in the first fact table that has the column."""
    history: Spread | None
    """Events per thing; None without a history."""


@dataclass(frozen=True, kw_only=True)
class TaskProfile:
    """The rows of one task."""

    name: str
    title: str
    kind: str
    table: str
    rows: int
    splits: dict[str, int]
    """Rows with a label in train, validation and test."""
    split_text: str
    """How the rows were split, as a sentence."""
    things: dict[str, int]
    """Input -> how many different things the rows of the three parts are about."""
    missing_labels: float
    label: Spread | None
    """Of yes/no (the mean is the rate), numbers and grades."""
    bars: tuple[Bar, ...]
    """Label values, classes or tags with their rows; () for retrieval."""
    activity: Activity | None
    """None without a time; implausible dates, which the checks report, are left out."""
    tail: LongTail | None
    """Over the last input, the target of a retrieval; None for a task about one thing."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A dataset in numbers."""

    name: str
    entities: tuple[EntityProfile, ...]
    tasks: tuple[TaskProfile, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)


def profile(spec: DatasetSpec, dataset: Dataset | None = None) -> Profile:
    """The numbers of a dataset; `dataset` is what `compile_dataset` made of it, if that is at hand.

    DataError for a dataset that can't be compiled; `checks.run.check` says all that is wrong with it.
    """
    material = Material(spec)
    compiled = dataset or compile_dataset(spec)
    return Profile(
        name=spec.name,
        entities=tuple(_entity(material, compiled, entity) for entity in compiled.entities.values()),
        tasks=tuple(_task(material, task) for task in compiled.tasks.values()),
    )


def _entity(material: Material, dataset: Dataset, entity: EntityData) -> EntityProfile:
    spec, histories = entity.spec, entity.histories
    return EntityProfile(
        name=spec.name,
        table=spec.table or "",
        count=len(entity),
        in_train=int(entity.in_train_N.sum()),
        text=_texts(entity.texts) if entity.texts is not None and len(entity) else None,
        missing=_missing(material, dataset, spec),
        history=spread(np.diff(histories.starts_N1)) if histories else None,
    )


def _texts(texts: pa.Array) -> TextProfile:
    words = count_words(texts)
    there = words > 0
    tokens = estimated_tokens(words)
    nothing = Spread(mean=0.0, quantiles=())
    return TextProfile(
        present=float(there.mean()),
        distinct=pc.count_distinct(texts.filter(pa.array(there))).as_py(),
        words=spread(words[there]) or nothing,
        tokens=spread(tokens[there]) or nothing,
        over_limit=float((tokens > TOKEN_LIMIT).mean()),
    )


def _missing(material: Material, dataset: Dataset, entity: EntitySpec) -> dict[str, float]:
    tables = [task.spec.table for task in dataset.tasks.values() if entity.name in task.spec.inputs]
    missing = {}
    for column in feature_columns(entity):
        file = entity.table or next((file for file in tables if column in material.names(file)), "")
        coded = material.coded(file, column) if file else None
        if coded is not None:
            missing[column] = float((coded.codes_R < 0).mean())
    return missing


def _task(material: Material, task: TaskData) -> TaskProfile:
    spec = task.spec
    is_number = spec.kind in ("binary", "regression", "ranking")
    used_R = task.split_R >= 0
    return TaskProfile(
        name=spec.name,
        title=spec.title or spec.name,
        kind=spec.kind,
        table=spec.table,
        rows=len(task),
        splits={part: len(task.rows(part)) for part in SPLIT_NAMES},
        split_text=task.split_text,
        things={
            name: int(np.count_nonzero(np.bincount(codes[used_R])))
            for name, codes in zip(spec.inputs, task.inputs, strict=True)
        },
        missing_labels=float(np.isnan(task.label_R).mean()) if len(task) else 0.0,
        label=spread(task.label_R) if is_number else None,
        bars=_bars(task),
        activity=_activity(material, task, is_number),
        tail=long_tail(spec.inputs[-1], task.inputs[-1][used_R]) if len(spec.inputs) > 1 else None,
    )


def _bars(task: TaskData) -> tuple[Bar, ...]:
    if task.spec.kind == "retrieval":
        return ()
    if task.tag_codes is not None:
        return class_bars(task.classes, np.bincount(task.tag_codes, minlength=len(task.classes)))
    if task.classes:
        known = task.label_R[~np.isnan(task.label_R)].astype(np.int64)
        return class_bars(task.classes, np.bincount(known, minlength=len(task.classes)))
    return histogram(task.label_R)


def _activity(material: Material, task: TaskData, is_number: bool) -> Activity | None:
    if task.time_R is None or task.spec.time is None:
        return None
    unit = unit_of(material.tables.column(task.spec.table, task.spec.time), task.time_R)
    shown = task.time_R != NO_TIME
    if unit is not None:
        plausible = shown & ~is_early(task.time_R, unit) & ~is_late(task.time_R, unit)
        shown = plausible if plausible.any() else shown
    return activity(task.time_R[shown], unit, task.label_R[shown] if is_number else None)
