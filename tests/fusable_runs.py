"""Folders of runs as a training leaves them, with made-up scores: what a fusion of runs reads."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from mtrec_core.evaluation.predictions import predictions_table
from mtrec_core.evaluation.predictions_file import VALIDATION_FILE, save_predictions

DATASET = """
name = "clicks"
[entity.user]
table = "users.csv"
key = "user"
[task.ad_click]
kind = "binary"
table = "users.csv"
inputs = ["user"]
label = "click"
[task.age]
kind = "regression"
table = "users.csv"
inputs = ["user"]
label = "age"
"""


def keep_dataset(folder: Path) -> Path:
    """A declaration with a yes or no and a number."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.toml").write_text(DATASET)
    (folder / "users.csv").write_text("user,click,age\nu1,0,30\nu2,1,40\n")
    return folder


def keep_fusable(
    folder: Path, seed: int, noise: float, rows: int = 400, trained_on: int = 100, first_row: int = 0
) -> None:
    """Predictions of both tasks: all seeds have the same answers, their scores err in different ways."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, file, start in (("validation", VALIDATION_FILE, 0), ("test", "predictions.parquet", rows)):
        truth = np.random.default_rng(start).normal(size=rows)
        yes = np.random.default_rng(start + 1).random(rows) < 1 / (1 + np.exp(-2 * truth))
        seen = truth + noise * np.random.default_rng((start, seed)).normal(size=rows)
        tables = [
            _table("ad_click", split, start + first_row, yes, 1 / (1 + np.exp(-2 * seen))),
            _table("age", split, start + first_row, 40 + 10 * truth, 40 + 10 * seen),
        ]
        save_predictions(pd.concat(tables, ignore_index=True), folder / file)
    about = {"validation": 0.8, "chance": 0.5, "rows": trained_on}
    tasks = {"ad_click": about | {"kind": "binary"}, "age": about | {"kind": "regression", "chance": 9.0}}
    (folder / "bundle").mkdir(exist_ok=True)
    (folder / "bundle" / "bundle.json").write_text(json.dumps({"tasks": tasks}))


def _table(task: str, split: str, first: int, target: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    row = np.arange(first, first + len(target))
    keys = pa.array([f"u{number}" for number in row])
    return predictions_table(task, split, row, keys, keys, target, score)
