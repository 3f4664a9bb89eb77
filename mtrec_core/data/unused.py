"""Things that no row of any split names: their texts need no reading. No torch here.

Shape suffixes: N = entities, R = rows of a task.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from mtrec_core.data.dataset import EntityData, TaskData


def leave_out_unused(
    entities: Mapping[str, EntityData], tasks: Mapping[str, TaskData]
) -> tuple[dict[str, EntityData], dict[str, TaskData]]:
    """Entities without a key lose what only rows outside the splits name; the tasks' codes follow.

    Rows keep their places. A row outside the splits gets code 0, which nothing reads. Entities with a key
    stay whole: they are catalogues, or may be asked for by name later.
    """
    kept_entities, kept_tasks = dict(entities), dict(tasks)
    for name, entity in entities.items():
        if entity.spec.key is not None or entity.histories is not None or not _only_query_side(name, tasks):
            continue
        used_N = np.zeros(len(entity), dtype=bool)
        for task in tasks.values():
            for position, other in enumerate(task.spec.inputs):
                if other == name:
                    used_N[task.inputs[position][task.split_R >= 0]] = True
        if used_N.all() or not used_N.any():
            continue
        new_code_N = np.maximum(np.cumsum(used_N) - 1, 0).astype(np.int32) * used_N
        kept_entities[name] = _subset(entity, used_N)
        for key, task in kept_tasks.items():
            codes = tuple(
                new_code_N[codes_R] if other == name else codes_R
                for other, codes_R in zip(task.spec.inputs, task.inputs, strict=True)
            )
            kept_tasks[key] = replace(task, inputs=codes)
    return kept_entities, kept_tasks


def _only_query_side(name: str, tasks: Mapping[str, TaskData]) -> bool:
    return all(task.spec.target != name for task in tasks.values())


def _subset(entity: EntityData, used_N: np.ndarray) -> EntityData:
    mask = pa.array(used_N)
    return replace(
        entity,
        keys=entity.keys.filter(mask),
        texts=None if entity.texts is None else entity.texts.filter(mask),
        categorical_NC=entity.categorical_NC[used_N],
        numeric_NF=entity.numeric_NF[used_N],
        in_train_N=entity.in_train_N[used_N],
    )
