"""Drawn metrics on disk: one Parquet file per run, a column per task and metric. No torch here."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import DataError, StorageError
from mtrec_core.evaluation.draws import Drawn, draw_metrics

FILE = "intervals.parquet"
FORMAT = 1

RunDraws = Mapping[tuple[str, str], Drawn]
"""(task, metric) -> what was drawn on the test set."""


def draw_all(tasks: Mapping[str, TaskSpec], predictions: pd.DataFrame, split: str = "test") -> list[Drawn]:
    """Every metric of every task that the predictions of a run hold for a split."""
    chosen = predictions[predictions["split"] == split]
    return [
        drawn
        for task, lines in chosen.groupby("task", sort=False)
        if task in tasks
        for drawn in draw_metrics(tasks[task], lines)
    ]


def save_draws(drawn: Sequence[Drawn], path: Path) -> None:
    """Write the file; a reader sees the old one or the new one. StorageError when the disk refuses."""
    fields = []
    columns = []
    for number, one in enumerate(drawn):
        about = {
            "task": one.task, "metric": one.metric, "value": one.value, "users": one.users, "rows": one.rows,
        }  # fmt: skip
        fields.append(pa.field(str(number), pa.float64(), metadata={"about": json.dumps(about)}))
        columns.append(pa.array(one.draws_S))
    schema = pa.schema(fields, metadata={"format": str(FORMAT)})
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns, schema=schema), unfinished, compression="zstd")
        os.replace(unfinished, path)
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def load_draws(path: Path) -> dict[tuple[str, str], Drawn]:
    """What `save_draws` wrote; DataError when there is no such file or it is another one."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise DataError(f"There are no intervals at {path}.") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file: {error}.") from error
    if (table.schema.metadata or {}).get(b"format") != str(FORMAT).encode():
        raise DataError(f"{path} is not a file of intervals of this version; delete it to have it made anew.")
    drawn = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        about = json.loads(field.metadata[b"about"])
        one = Drawn(
            task=about["task"],
            metric=about["metric"],
            value=about["value"],
            draws_S=np.asarray(column.to_numpy(), dtype=np.float64),
            users=about["users"],
            rows=about["rows"],
        )
        drawn[one.task, one.metric] = one
    return drawn
