"""Members of slices on disk, and a task's metric in each slice. No torch here."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import DataError, StorageError
from mtrec_core.evaluation.draws import Drawn, draw_metrics
from mtrec_core.evaluation.slices import sliced

FILE = "slices.parquet"
COLUMNS = ("task", "family", "value", "row", "item")
SAMPLES = 200
"""Draws of users per slice: fewer than for a whole test set, as there are many slices and all are small."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One part of a task's test set, as one run did on it."""

    family: str
    value: str
    units: int
    """Rows of the part; of a retrieval task relevant pairs of list and item."""
    drawn: Drawn | None
    """The metric; None where it is undefined on so few."""


def save_members(members: pd.DataFrame, path: Path) -> None:
    """Write the file; a reader sees the old one or the new one. StorageError when the disk refuses."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    table = pa.table(
        {
            name: pa.array(members[name].to_numpy(), pa.int64() if name == "row" else pa.string())
            for name in COLUMNS
        }
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, unfinished, compression="zstd")
        os.replace(unfinished, path)
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def load_members(path: Path, task: str) -> pd.DataFrame:
    """The members of one task's slices; DataError when there is no such file."""
    return _read_members(path, task, COLUMNS).to_pandas()


def load_families(path: Path, task: str) -> list[str]:
    """By what one task's test rows were sliced; DataError when there is no such file."""
    families: list[str] = _read_members(path, task, ("family",))["family"].unique().to_pylist()
    return families


def _read_members(path: Path, task: str, columns: Sequence[str]) -> pa.Table:
    try:
        return pq.read_table(path, columns=list(columns), filters=[("task", "=", task)])
    except FileNotFoundError as error:
        raise DataError(
            "This run kept no slices: it was trained by an older version, or has not finished its test."
        ) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file: {error}.") from error


def load_task_lines(path: Path, task: str, split: str = "test") -> pd.DataFrame:
    """The predictions of one task and split, without reading the others; DataError as `load_predictions`."""
    try:
        table = pq.read_table(path, filters=[("task", "=", task), ("split", "=", split)])
    except FileNotFoundError as error:
        raise DataError(f"There are no predictions at {path}; the run has not finished its test.") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is not a readable predictions table: {error}.") from error
    text = pd.StringDtype("pyarrow")
    return table.to_pandas(types_mapper={pa.string(): text}.get)


def measure_slices(
    spec: TaskSpec, predictions: pd.DataFrame, members: pd.DataFrame, metric: str
) -> list[Slice]:
    """The metric in every slice that has members, family by family, values in their order in the table."""
    found = []
    for (family, value), part in members.groupby(["family", "value"], sort=False):
        lines = sliced(predictions, part)
        drawn = draw_metrics(spec, lines, [metric], SAMPLES) if len(lines) else []
        units = int((lines["target"] > 0).sum()) if spec.kind == "retrieval" else lines["row"].nunique()
        found.append(Slice(family=family, value=value, units=units, drawn=drawn[0] if drawn else None))
    return found
