"""The predictions table on disk: one Parquet file, written whole or not at all. No torch here."""

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mtrec_core.errors import DataError, StorageError
from mtrec_core.evaluation.predictions import COLUMNS

VALIDATION_FILE = "validation.parquet"
"""In a run's folder: predictions on validation rows, for what is chosen or learned on them after training."""

SCHEMA = pa.schema([pa.field(name, pa.type_for_alias(dtype)) for name, dtype in COLUMNS.items()])


def save_predictions(predictions: pd.DataFrame, path: Path) -> None:
    """Write the table; a reader sees the old file or the new one. StorageError when the disk refuses."""
    missing = [name for name in COLUMNS if name not in predictions.columns]
    if missing:
        raise ValueError(f"The predictions lack the columns {', '.join(missing)}.")
    table = pa.Table.from_pandas(predictions[list(COLUMNS)], schema=SCHEMA, preserve_index=False)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table.replace_schema_metadata(None), unfinished, compression="zstd")
        os.replace(unfinished, path)
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"The predictions could not be written to {path}: {reason}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def load_predictions(path: Path) -> pd.DataFrame:
    """Read the table; DataError when there is none or the file is something else."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise DataError(f"There are no predictions at {path}; the run has not finished its test.") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file: {error}.") from error
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise DataError(
            f"{path} is not a predictions table: it lacks {', '.join(missing)}. "
            f"Its columns must be {', '.join(COLUMNS)}."
        )
    try:
        table = table.select(list(COLUMNS)).cast(SCHEMA)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"{path} is not a predictions table: {error}.") from error
    text = pd.StringDtype("pyarrow")
    return table.to_pandas(types_mapper={pa.string(): text}.get)
