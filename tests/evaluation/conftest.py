"""Predictions tables written by eye, and random ones."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mtrec_core.data.schema import TaskSpec
from mtrec_core.evaluation.predictions import COLUMNS, empty_predictions, predictions_table


@pytest.fixture
def read_table() -> Callable[[str], pd.DataFrame]:
    """Reads a table of words; columns that it leaves out are `t`, `test`, `u`, `i` or 0."""

    def read(text: str) -> pd.DataFrame:
        names, *lines = [line.split() for line in text.strip().splitlines()]
        frame = pd.DataFrame(lines, columns=names)
        fillers = {"task": "t", "split": "test", "user": "u", "item": "i"}
        for name, dtype in COLUMNS.items():
            words = frame[name] if name in frame else pd.Series([fillers.get(name, "0")] * len(frame))
            frame[name] = words.astype(dtype) if dtype == "string" else words.astype("float64").astype(dtype)
        return pd.concat([empty_predictions(), frame[list(COLUMNS)]], ignore_index=True)

    return read


@pytest.fixture
def table_in_docstring(request, read_table) -> pd.DataFrame:
    """The table that stands in the docstring of the test, below its first paragraph."""
    return read_table(request.function.__doc__.partition("\n\n")[2])


@pytest.fixture
def make_spec() -> Callable[..., TaskSpec]:
    """A task called `t` of some kind."""

    def make(kind: str, group: str | None = None) -> TaskSpec:
        return TaskSpec(name="t", kind=kind, table="t.csv", inputs=("user", "item"), group=group)

    return make


@pytest.fixture
def lay_out() -> Callable[..., pd.DataFrame]:
    """The long table of a matrix of targets and scores [rows, items]; one user per row unless told."""

    def lay(target: np.ndarray, score: np.ndarray, user: np.ndarray | None = None) -> pd.DataFrame:
        rows, items = target.shape
        row = np.repeat(np.arange(rows), items)
        owner = row if user is None else np.repeat(user, items)
        return predictions_table(
            "t",
            "test",
            row=row,
            user=pa.array([f"u{code}" for code in owner]),
            item=pa.array([f"i{code:03d}" for code in np.tile(np.arange(items), rows)]),
            target=target.ravel(),
            score=score.ravel(),
        )

    return lay
