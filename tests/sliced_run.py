"""A run's folder as a test leaves it: predictions of one task, and its slices."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from mtrec_core.evaluation.predictions import predictions_table
from mtrec_core.evaluation.predictions_file import save_predictions
from mtrec_core.evaluation.slices_file import FILE, save_members

FAMILY = "user: age"
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
"""


def keep_sliced(folder: Path, dataset: Path | None = None, rows: int = 40) -> None:
    """A dataset with one task, and a run whose scores are right for old users and wrong for new ones."""
    home = dataset or folder
    home.mkdir(parents=True, exist_ok=True)
    (home / "dataset.toml").write_text(DATASET)
    (home / "users.csv").write_text("user,click\nu1,0\nu2,1\n")
    target = np.arange(rows) % 2
    is_old = np.arange(rows) < rows / 2
    table = predictions_table(
        "ad_click",
        "test",
        row=np.arange(rows),
        user=pa.array([f"u{row}" for row in range(rows)]),
        item=pa.array(["i"] * rows),
        target=target.astype(bool),
        score=np.where(is_old, target, 1 - target) * 0.5 + 0.2,
    )
    save_predictions(table, folder / "predictions.parquet")
    members = pd.DataFrame(
        {
            "task": ["ad_click"] * rows,
            "family": [FAMILY] * rows,
            "value": np.where(is_old, "old", "new"),
            "row": np.arange(rows),
            "item": [""] * rows,
        }
    )
    save_members(members, folder / FILE)
