"""A tiny shop without texts, so that a study of it trains in a second and needs no encoder."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.study_table import Published, Study

DECLARATION = """\
name = "tiny"

[settings]
training.epochs = 1
training.batch_size = 64
model.width = 8

[split]
kind = "random"
validation = 0.2
test = 0.3

[entity.user]
key = "user"

[entity.item]
table = "items.csv"
key = "item"
categorical = ["colour"]

[task.buy]
title = "Next item"
kind = "retrieval"
table = "facts.csv"
inputs = ["user", "item"]
seen = "keep"

[task.liked]
kind = "binary"
table = "facts.csv"
inputs = ["user", "item"]
label = "liked"
"""


@pytest.fixture
def tiny_study(tmp_path: Path) -> Study:
    """40 users with 10 of 20 items each; whether an item is liked follows its colour."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    draw = np.random.default_rng(0)
    pairs = [(user, item) for user in range(40) for item in draw.choice(20, 10, replace=False)]
    facts = [f"u{user},i{item},{int(item % 2)}" for user, item in pairs]
    items = [f"i{item},{'red' if item % 2 else 'blue'}" for item in range(20)]
    (folder / "facts.csv").write_text("\n".join(["user,item,liked", *facts]) + "\n")
    (folder / "items.csv").write_text("\n".join(["item,colour", *items]) + "\n")
    (folder / "dataset.toml").write_text(DECLARATION)
    return Study(
        key="tiny",
        folder=folder,
        title="A tiny shop",
        protocol="Made up for a test.",
        extra={"buy": ("mrr@10",)},
        published=(Published(by="nobody", task="buy", values={"mrr@10": 0.1}),),
    )
