"""The shape of a model, derived from a dataset and kept in the bundle, so that the model can be built again.
No torch here."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mtrec_core.data.dataset import Dataset, EntityData, TaskData
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import SettingError
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing_table import sharing_choice


@dataclass(frozen=True, kw_only=True)
class EntityPlan:
    """What the tower of an entity reads."""

    has_text: bool
    own_vectors: int
    """Entities that may have a vector of their own; 0 for none."""
    cardinalities: tuple[int, ...]
    numeric_width: int
    history_of: str
    history_length: int
    history_ordered: bool
    """Whether the events of the history have a time."""


@dataclass(frozen=True, kw_only=True)
class TaskPlan:
    """What the head of a task reads and gives."""

    kind: str
    inputs: tuple[str, ...]
    """Entities that the model reads: for retrieval the query side."""
    target: str
    """Retrieval: the entity that is ranked; "" for the other kinds."""
    outputs: int
    start: tuple[float, ...]
    """What the head gives before training: log-odds of each tag or of a yes, log share of each class, 0
    elsewhere. Where probabilities of a chain are multiplied, those of a yes once the task before has one."""
    context_cardinalities: tuple[int, ...]
    context_numeric_width: int
    label_mean: float
    label_spread: float
    """Regression: standard deviation of the training labels, at least 1e-6; the head works on (label - mean)
    / spread."""
    after: str = ""
    """The task before it on the same rows, if one is trained; "" for none."""


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """Everything but the settings that the network's shape depends on."""

    text_width: int
    entities: dict[str, EntityPlan]
    tasks: dict[str, TaskPlan]
    preference: dict[str, float] = field(default_factory=dict)
    """Of a model that reads one: task -> its share of what the model is asked for when it is not trained.
    Empty for a model that reads none."""

    def to_json(self) -> dict[str, Any]:
        """Plain dicts and lists."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(content: dict[str, Any]) -> "ModelPlan":
        """The plan that `to_json` wrote."""
        entities = {
            name: EntityPlan(**{**part, "cardinalities": tuple(part["cardinalities"])})
            for name, part in content["entities"].items()
        }
        tasks = {
            name: TaskPlan(
                **{
                    **part,
                    "inputs": tuple(part["inputs"]),
                    "context_cardinalities": tuple(part["context_cardinalities"]),
                    "start": tuple(part["start"]),
                }
            )
            for name, part in content["tasks"].items()
        }
        return ModelPlan(
            text_width=content["text_width"],
            entities=entities,
            tasks=tasks,
            preference=content.get("preference", {}),
        )


def earlier_tasks(spec: DatasetSpec, tasks: Sequence[str]) -> dict[str, str]:
    """Task -> the nearest one before it that is among `tasks`, for those that have one."""
    found = {}
    for name in tasks:
        earlier = spec.tasks[name].after
        while earlier is not None and earlier not in tasks:
            earlier = spec.tasks[earlier].after
        if earlier is not None:
            found[name] = earlier
    return found


def demand_chain(spec: DatasetSpec, tasks: Sequence[str], sharing: str) -> None:
    """SettingError where a structure for tasks that follow one another would find none that do.

    A task alone may have any structure, so that it can be set against the model of all.
    """
    if not sharing_choice(sharing).chain or earlier_tasks(spec, tasks):
        return
    declared = [name for name, task in spec.tasks.items() if task.after]
    if not declared:
        raise SettingError(
            f"model.sharing={sharing} is for tasks that follow one another, and no task of '{spec.name}' "
            'declares that: write after = "CLICK" into the [task.CONVERSION] of its dataset.toml, with your '
            "tasks' names, or take model.sharing=shared_bottom."
        )
    if len(tasks) > 1:
        pairs = ", ".join(f"{name} after {spec.tasks[name].after}" for name in declared)
        raise SettingError(
            f"model.sharing={sharing} is for tasks that follow one another, and this run trains no two that "
            f"do; declared: {pairs}. Train both, or take model.sharing=shared_bottom."
        )


def plan_model(dataset: Dataset, tasks: Sequence[str], settings: ModelSettings, text_width: int) -> ModelPlan:
    """The shape for these tasks of a dataset; entities that none of them needs are left out."""
    names: list[str] = []
    for task in tasks:
        names += dataset.tasks[task].spec.inputs
    for name in list(names):
        histories = dataset.entities[name].histories
        if histories is not None:
            names.append(histories.item_entity)
    earlier = earlier_tasks(dataset.spec, tasks)
    multiplies = sharing_choice(settings.sharing).chain == "product"
    return ModelPlan(
        text_width=text_width,
        entities={name: _entity_plan(dataset.entities[name], settings) for name in dict.fromkeys(names)},
        tasks={
            task: _task_plan(
                dataset.tasks[task],
                earlier.get(task, ""),
                dataset.tasks[earlier[task]] if multiplies and task in earlier else None,
            )
            for task in tasks
        },
    )


def _entity_plan(entity: EntityData, settings: ModelSettings) -> EntityPlan:
    own = settings.id_embeddings and entity.spec.id_embedding and entity.spec.key is not None
    histories = entity.histories if settings.history != "none" else None
    return EntityPlan(
        has_text=entity.texts is not None,
        own_vectors=len(entity) if own else 0,
        cardinalities=entity.features.cardinalities,
        numeric_width=entity.features.numeric_width,
        history_of=histories.item_entity if histories else "",
        history_length=histories.max_length if histories else 0,
        history_ordered=bool(entity.spec.history and entity.spec.history.time),
    )


def _task_plan(task: TaskData, after: str, given: TaskData | None) -> TaskPlan:
    """`given`: the task whose yes the head takes for granted."""
    spec = task.spec
    mean, spread = 0.0, 1.0
    if spec.kind == "regression":
        labels = task.label_R[task.rows("train")].astype(np.float64)
        if len(labels):
            mean, spread = float(labels.mean()), max(float(labels.std()), 1e-6)
    return TaskPlan(
        kind=spec.kind,
        inputs=spec.query_inputs,
        target=spec.target or "",
        outputs=len(task.classes) if spec.kind in ("multiclass", "multilabel") else 1,
        start=_start(task, given),
        context_cardinalities=task.context.cardinalities,
        context_numeric_width=task.context.numeric_width,
        label_mean=mean,
        label_spread=spread,
        after=after,
    )


def _start(task: TaskData, given: TaskData | None) -> tuple[float, ...]:
    """From the training rows, each count raised by a half so that no logarithm is infinite."""
    rows = task.rows("train")
    if given is not None:
        rows = rows[given.label_R[rows] == 1]
    width = len(task.classes)
    match task.spec.kind:
        case "binary":
            positive_1 = np.array([task.label_R[rows].sum()])
            return _log_odds(positive_1, len(rows))
        case "multiclass":
            count_K = np.bincount(task.label_R[rows].astype(np.int64), minlength=width) + 0.5
            return tuple(np.log(count_K / count_K.sum()).tolist())
        case "multilabel":
            assert task.tag_starts_R1 is not None
            assert task.tag_codes is not None
            row_of_tag = np.repeat(np.arange(len(task)), np.diff(task.tag_starts_R1))
            in_train = np.isin(row_of_tag, rows)
            return _log_odds(np.bincount(task.tag_codes[in_train], minlength=width), len(rows))
    return (0.0,)


def _log_odds(count_K: np.ndarray, rows: int) -> tuple[float, ...]:
    return tuple((np.log(count_K + 0.5) - np.log(rows - count_K + 0.5)).tolist())


def candidate_of(inputs: tuple[str, ...], position: int, item: str) -> int | None:
    """Which other input asks the history at `position`: one of the kind that the history holds, else the
    last other."""
    others = [other for other in range(len(inputs)) if other != position]
    same = [other for other in others if inputs[other] == item]
    found = same or others
    return found[-1] if found else None
