"""Which rows of each task train, validate and test, with the settings' limits. No torch here."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from mtrec_core.data.config import DataSettings
from mtrec_core.data.keys import combine_hashes
from mtrec_core.data.labels import Labels
from mtrec_core.data.limits import leave_out_hidden, limit_train
from mtrec_core.data.schema import DatasetSpec, TaskSpec
from mtrec_core.data.split_plans import TaskRows
from mtrec_core.data.splits import Split, split_tasks
from mtrec_core.data.tables import Fact, Tables


def files_of(task: TaskSpec) -> list[str]:
    """The tables of a task's rows, in their order."""
    return [task.table] if task.test_table is None else [task.table, task.test_table]


def split_rows(
    spec: DatasetSpec,
    tables: Tables,
    facts: Mapping[str, Fact],
    inputs: Mapping[str, tuple[np.ndarray, ...]],
    hashes: Mapping[str, np.ndarray],
    times: Mapping[str, np.ndarray],
    settings: DataSettings,
) -> dict[str, Split]:
    """The split of each task, as the declaration asks for it."""
    rows = []
    for name, task in spec.tasks.items():
        fact, column = facts[name], spec.split_of(task).column
        rows.append(
            TaskRows(
                task=task,
                inputs=inputs[name],
                key_hashes=tuple(hashes[entity] for entity in task.inputs),
                time_R=times.get(name),
                time_is_date=bool(task.time) and _is_date(fact.column(str(task.time)).type, times[name]),
                size_of_first=fact.size_of_first,
                column=fact.coded(column) if column and column in fact.names else None,
            )
        )
    return split_tasks(spec, rows, settings.split_seed)


def _is_date(kind: pa.DataType, time_R: np.ndarray) -> bool:
    """Whether times are nanoseconds: dates, or texts that were read as dates and not as whole numbers."""
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return pa.types.is_temporal(kind) or (not is_number and int(time_R.max(initial=0)) > 10**15)


def restricted(
    task: TaskSpec,
    split: Split,
    inputs: tuple[np.ndarray, ...],
    labels: Labels | None,
    hashes: Mapping[str, np.ndarray],
    hidden: Mapping[str, np.ndarray],
    settings: DataSettings,
) -> Split:
    """The split with the settings' limits on training rows applied."""
    notes = []
    left_out = leave_out_hidden(task, inputs, split.parts_R, hidden)
    if left_out:
        notes.append(f"{left_out:,} training rows with hidden items left out")
    if labels is not None and (settings.train_per_class or settings.train_rows):
        keys = [hashes[entity][codes] for entity, codes in zip(task.inputs, inputs, strict=True)]
        row_hashes = combine_hashes(keys, settings.split_seed + 29)
        notes += limit_train(task, labels.label_R, inputs[-1], row_hashes, split.parts_R, settings)
    return replace(split, text="; ".join([split.text, *notes]))
