"""Which training rows a run leaves out: hidden items, few-shot draws, a limit on rows. No torch here.

Shape suffixes: N = entities, R = rows of a task.
"""

from collections.abc import Mapping

import numpy as np

from mtrec_core.data.config import DataSettings
from mtrec_core.data.cuts import TRAIN, UNUSED
from mtrec_core.data.keys import combine_hashes
from mtrec_core.data.schema import DatasetSpec, TaskSpec


def hidden_entities(
    spec: DatasetSpec, key_hashes: Mapping[str, np.ndarray], settings: DataSettings
) -> dict[str, np.ndarray]:
    """Entity -> bool [N]: what training must not see, drawn by key among the targets of retrieval tasks."""
    if settings.hide_items == 0:
        return {}
    hidden: dict[str, np.ndarray] = {}
    for task in spec.tasks.values():
        if task.target is not None and task.target not in hidden:
            hashes = combine_hashes([key_hashes[task.target]], settings.split_seed + 17)
            chosen = np.zeros(len(hashes), bool)
            chosen[np.argsort(hashes, kind="stable")[: round(settings.hide_items * len(hashes))]] = True
            hidden[task.target] = chosen
    return hidden


def leave_out_hidden(
    task: TaskSpec, inputs: tuple[np.ndarray, ...], parts_R: np.ndarray, hidden: Mapping[str, np.ndarray]
) -> int:
    """Takes the training rows of hidden entities out of use, in place, whatever the task; says how many."""
    touched = np.zeros(len(parts_R), bool)
    for entity, codes in zip(task.inputs, inputs, strict=True):
        if entity in hidden:
            touched |= hidden[entity][codes]
    touched &= parts_R == TRAIN
    parts_R[touched] = UNUSED
    return int(touched.sum())


def limit_train(
    task: TaskSpec,
    label_R: np.ndarray,
    target_R: np.ndarray,
    row_hashes_R: np.ndarray,
    parts_R: np.ndarray,
    settings: DataSettings,
) -> list[str]:
    """Takes training rows beyond the settings' limits out of use, in place; says what was done.

    `row_hashes_R` decides the draw. A class is the label of a multiclass or binary task, the target of a
    retrieval task.
    """
    done = []
    if settings.train_per_class and task.kind in ("multiclass", "binary", "retrieval"):
        train = np.flatnonzero((parts_R == TRAIN) & ~np.isnan(label_R))
        classes = target_R[train] if task.kind == "retrieval" else label_R[train].astype(np.int64)
        order = np.lexsort((row_hashes_R[train], classes))
        ordered = classes[order]
        starts = (
            np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
            if len(ordered)
            else np.zeros(0, np.int64)
        )
        place = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.append(starts, len(ordered))))
        parts_R[train[order[place >= settings.train_per_class]]] = UNUSED
        done.append(f"at most {settings.train_per_class} training rows per class")
    if settings.train_rows:
        train = np.flatnonzero((parts_R == TRAIN) & ~np.isnan(label_R))
        order = np.argsort(row_hashes_R[train], kind="stable")
        parts_R[train[order[settings.train_rows :]]] = UNUSED
        done.append(f"at most {settings.train_rows:,} training rows")
    return done
