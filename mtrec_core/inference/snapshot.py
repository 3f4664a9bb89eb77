"""What a trained model needs of its data, in files of its own: the things, their histories, who has had what.

The tasks' rows are left behind; of a retrieval task the pairs stay, so that seen targets can be left out.
Shape suffixes as in `data.dataset`; N1 = things of the query side, and one more.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save_file

from mtrec_core.data.dataset import Dataset, EntityData, Histories, TaskData
from mtrec_core.data.features import FeatureEncoder
from mtrec_core.data.schema import DatasetSpec, TaskSpec
from mtrec_core.data.spec_file import SPEC_FILE, load_dataset_spec
from mtrec_core.data.spec_writer import dataset_toml
from mtrec_core.inference.candidates import UsualContext, usual_context

SNAPSHOT_FILE = "snapshot.json"
ARRAYS_FILE = "arrays.safetensors"

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class SeenPairs:
    """The targets that each thing of a retrieval task's first input has in the task's rows, of all splits."""

    starts_N1: np.ndarray
    """int64: the targets of thing n are `targets[starts[n]:starts[n + 1]]`."""
    targets: np.ndarray
    """int32"""

    def of(self, code: int) -> np.ndarray:
        """The targets of one thing; none of a thing that the model was not trained with."""
        if not 0 <= code < len(self.starts_N1) - 1:
            return self.targets[:0]
        return self.targets[self.starts_N1[code] : self.starts_N1[code + 1]]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A dataset without rows, and what was learned from its rows beside the model's parameters."""

    dataset: Dataset
    seen: dict[str, SeenPairs]
    """Retrieval task -> its pairs."""
    contexts: dict[str, UsualContext]
    """Task -> the context that it takes where none is given."""


def save_snapshot(dataset: Dataset, folder: Path) -> None:
    """Writes the files into an existing folder; OSError or SafetensorError when the disk refuses."""
    spec = replace(dataset.spec, folder=folder, tables=folder)
    (folder / SPEC_FILE).write_text(dataset_toml(spec, folder), encoding="utf-8")
    arrays: Arrays = {}
    entities, tasks = {}, {}
    for name, entity in dataset.entities.items():
        columns = {"key": entity.keys} | ({} if entity.texts is None else {"text": entity.texts})
        pq.write_table(pa.table(columns), folder / f"entity-{name}.parquet", compression="zstd")
        entities[name] = _entity_to_json(entity)
        arrays |= {f"entity/{name}/{key}": values for key, values in _entity_arrays(entity).items()}
    for name, task in dataset.tasks.items():
        context = usual_context(task)
        tasks[name] = _task_to_json(task, context)
        arrays[f"task/{name}/context_categorical"] = context.categorical_C
        arrays[f"task/{name}/context_numeric"] = context.numeric_F
        if task.spec.kind == "retrieval":
            pairs = _seen_pairs(dataset, task)
            arrays[f"task/{name}/seen_starts"] = pairs.starts_N1
            arrays[f"task/{name}/seen_targets"] = pairs.targets
    content = {"fingerprint": dataset.fingerprint, "entities": entities, "tasks": tasks}
    (folder / SNAPSHOT_FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    save_file({name: np.ascontiguousarray(values) for name, values in arrays.items()}, folder / ARRAYS_FILE)


def load_snapshot(folder: Path) -> Snapshot:
    """What `save_snapshot` wrote. The caller has seen to it that the files are whole."""
    content = json.loads((folder / SNAPSHOT_FILE).read_text(encoding="utf-8"))
    spec = load_dataset_spec(folder / SPEC_FILE)
    arrays = load_file(folder / ARRAYS_FILE)
    entities = {
        name: _entity_from_files(spec, name, part, _below(arrays, f"entity/{name}/"), folder)
        for name, part in content["entities"].items()
    }
    tasks, seen, contexts = {}, {}, {}
    for name, part in content["tasks"].items():
        mine = _below(arrays, f"task/{name}/")
        tasks[name] = _task_without_rows(spec.tasks[name], part)
        contexts[name] = UsualContext(
            categorical_C=mine["context_categorical"],
            numeric_F=mine["context_numeric"],
            shown=part["usual_context"],
        )
        if "seen_starts" in mine:
            seen[name] = SeenPairs(starts_N1=mine["seen_starts"], targets=mine["seen_targets"])
    dataset = Dataset(spec=spec, entities=entities, tasks=tasks, fingerprint=content["fingerprint"])
    return Snapshot(dataset=dataset, seen=seen, contexts=contexts)


def _below(arrays: Arrays, prefix: str) -> Arrays:
    return {name[len(prefix) :]: values for name, values in arrays.items() if name.startswith(prefix)}


def _entity_to_json(entity: EntityData) -> dict[str, Any]:
    histories = entity.histories
    return {
        "features": entity.features.to_json(),
        "histories": None
        if histories is None
        else {
            "item_entity": histories.item_entity,
            "max_length": histories.max_length,
            "ordered": histories.ordered,
        },
    }


def _entity_arrays(entity: EntityData) -> Arrays:
    arrays = {
        "categorical": entity.categorical_NC,
        "numeric": entity.numeric_NF,
        "in_train": entity.in_train_N,
    }
    if entity.histories is not None:
        arrays |= {"history_starts": entity.histories.starts_N1, "history_items": entity.histories.items_E}
        if entity.histories.time_E is not None:
            arrays["history_times"] = entity.histories.time_E
    return arrays


def _entity_from_files(
    spec: DatasetSpec, name: str, part: dict[str, Any], arrays: Arrays, folder: Path
) -> EntityData:
    table = pq.read_table(folder / f"entity-{name}.parquet")
    histories = None
    if part["histories"] is not None:
        histories = Histories(
            item_entity=part["histories"]["item_entity"],
            starts_N1=arrays["history_starts"],
            items_E=arrays["history_items"],
            max_length=part["histories"]["max_length"],
            ordered=part["histories"]["ordered"],
            time_E=arrays.get("history_times"),
        )
    return EntityData(
        spec=spec.entities[name],
        keys=table["key"].combine_chunks(),
        texts=table["text"].combine_chunks() if "text" in table.column_names else None,
        features=FeatureEncoder.from_json(part["features"]),
        categorical_NC=arrays["categorical"],
        numeric_NF=arrays["numeric"],
        in_train_N=arrays["in_train"],
        histories=histories,
    )


def _task_to_json(task: TaskData, context: UsualContext) -> dict[str, Any]:
    return {
        "classes": list(task.classes),
        "context": task.context.to_json(),
        "usual_context": context.shown,
        "split_text": task.split_text,
    }


def _task_without_rows(spec: TaskSpec, part: dict[str, Any]) -> TaskData:
    context = FeatureEncoder.from_json(part["context"])
    has_tags = spec.kind == "multilabel"
    return TaskData(
        spec=spec,
        inputs=tuple(np.zeros(0, np.int32) for _ in spec.inputs),
        label_R=np.zeros(0, np.float32),
        classes=tuple(part["classes"]),
        tag_starts_R1=np.zeros(1, np.int64) if has_tags else None,
        tag_codes=np.zeros(0, np.int32) if has_tags else None,
        context=context,
        context_categorical_RC=np.zeros((0, len(context.categorical)), np.int32),
        context_numeric_RF=np.zeros((0, context.numeric_width), np.float32),
        group_R=None,
        group_keys=None,
        time_R=None,
        history_end_R={},
        split_R=np.zeros(0, np.int8),
        split_text=part["split_text"],
    )


def _seen_pairs(dataset: Dataset, task: TaskData) -> SeenPairs:
    """Distinct pairs; none for a query side without a key, whose equal contents are no memory."""
    entity = dataset.entities[task.spec.inputs[0]]
    asked, targets = task.inputs[0].astype(np.int64), task.inputs[-1].astype(np.int64)
    catalogue = len(dataset.entities[task.spec.inputs[-1]])
    pairs = np.unique(asked * catalogue + targets) if entity.spec.key is not None else np.zeros(0, np.int64)
    starts_N1 = np.searchsorted(pairs, np.arange(len(entity) + 1, dtype=np.int64) * catalogue)
    return SeenPairs(starts_N1=starts_N1, targets=(pairs % max(catalogue, 1)).astype(np.int32))
