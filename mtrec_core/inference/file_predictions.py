"""Predictions for the rows of an uploaded table, written to a CSV file block by block."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa

from mtrec_core.data.issues import safe_cell
from mtrec_core.data.reading import read_table
from mtrec_core.errors import StorageError
from mtrec_core.inference.predictor import Predictor

ROWS_PER_BLOCK = 2_000
"""After so many rows other questions get their turn, and the progress is told."""


def predict_file(
    predictor: Predictor,
    task: str,
    source: Path,
    target: Path,
    n: int = 10,
    told: Callable[[int, int], None] = lambda done, rows: None,
) -> int:
    """Writes the uploaded columns with the predictions beside them; whole or not at all. Gives the rows read.

    A retrieval has `n` lines per row. Text cells that a spreadsheet would run as a formula get an apostrophe.
    `told(done, rows)` is called after each block. DataError for a table that can't be read or lacks an input.
    """
    table = read_table(source)
    aside = target.with_suffix(".part")
    try:
        with aside.open("w", newline="", encoding="utf-8") as file:
            for begin in range(0, table.num_rows, ROWS_PER_BLOCK):
                block = table.slice(begin, ROWS_PER_BLOCK).combine_chunks()
                predicted = beside_rows(block, predictor.predict(task, block, n))
                predicted.to_csv(file, index=False, header=begin == 0)
                told(begin + block.num_rows, table.num_rows)
        os.replace(aside, target)
    except OSError as error:
        raise StorageError(
            f"The predictions can't be written to {target}: {error.strerror or error}. Free some space and "
            "start again."
        ) from None
    finally:
        aside.unlink(missing_ok=True)
    return table.num_rows


def beside_rows(block: pa.Table, predicted: pd.DataFrame) -> pd.DataFrame:
    """The block's columns, repeated where a row has several predictions, then those of the predictions."""
    rows = block.take(pa.array(predicted["row"].to_numpy())).to_pandas()
    columns = {f"predicted {name}": predicted[name].to_numpy() for name in predicted if name != "row"}
    joined = pd.concat([rows.reset_index(drop=True), pd.DataFrame(columns)], axis=1)
    return safe_table(joined)


def safe_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with text cells and names of columns that no spreadsheet runs as a formula."""
    text = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    safe = table.assign(
        **{
            name: table[name].map(lambda cell: safe_cell(str(cell)), na_action="ignore")
            for name in text
            if not pd.api.types.is_datetime64_any_dtype(table[name])
        }
    )
    return safe.rename(columns={name: safe_cell(str(name)) for name in table})
