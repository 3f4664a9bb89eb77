"""A tiny shop with every kind of task: its declaration, its tables, and a short training on it."""

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_encoders import WORDS

COLOURS, THINGS, BRANDS = WORDS[:3], WORDS[3:9], WORDS[9:11]
USERS, ITEMS, COLD = 40, 30, ("i90", "i91")
"""COLD items stand in items.csv and are never bought."""
EARLY = 28
"""Users from here on buy nothing after the first 250 purchases, which are all in train."""

DATASET = """
name = "tiny"

[entity.user]
table       = "users.csv"
key         = "user_id"
text        = "{job}"
categorical = ["job"]
numeric     = ["age"]
history     = { table = "purchases.csv", item = "item_id", time = "time", max = 5 }

[entity.item]
table       = "items.csv"
key         = "item_id"
text        = "{title}. {brand}"
categorical = ["brand"]
numeric     = ["price"]

[entity.ad]
table = "ads.csv"
key   = "ad_id"
text  = "{words}"

[entity.query]
text = "{query}"

[entity.question]
text = "{question}"

[entity.answer]
table = "answers.csv"
key   = "answer_id"
text  = "{answer}"

[task.purchase]
kind   = "retrieval"
table  = "purchases.csv"
inputs = ["user", "item"]
time   = "time"
split  = { kind = "time", validation = 0.15, test = 0.15 }

[task.liked]
kind   = "binary"
table  = "purchases.csv"
inputs = ["user", "item"]
label  = "liked"
time   = "time"
split  = { kind = "time", validation = 0.15, test = 0.15 }

[task.stars]
kind   = "regression"
table  = "purchases.csv"
inputs = ["user", "item"]
label  = "stars"
time   = "time"
split  = { kind = "time", validation = 0.15, test = 0.15 }

[task.ad_click]
kind    = "binary"
table   = "impressions.csv"
inputs  = ["user", "ad"]
label   = "clicked"
context = ["position"]
time    = "time"
split   = { kind = "time", validation = 0.15, test = 0.15 }

[task.gold]
kind   = "binary"
table  = "users.csv"
inputs = ["user"]
label  = "gold"
split  = { kind = "user", by = "user", validation = 0.2, test = 0.3 }

[task.segment]
kind   = "multiclass"
table  = "users.csv"
inputs = ["user"]
label  = "segment"
split  = { kind = "user", by = "user", validation = 0.2, test = 0.3 }

[task.tags]
kind      = "multilabel"
table     = "items.csv"
inputs    = ["item"]
label     = "tags"
min_count = 1
split     = { kind = "random", validation = 0.2, test = 0.3 }

[task.search]
kind   = "ranking"
table  = "searches.csv"
inputs = ["query", "item", "user"]
label  = "relevance"
group  = "search_id"
time   = "time"
split  = { kind = "time", validation = 0.2, test = 0.2 }

[task.related]
kind    = "retrieval"
table   = "related.csv"
inputs  = ["item", "item"]
columns = ["item_id", "related_id"]
split   = { kind = "random", validation = 0.2, test = 0.2 }

[task.service]
kind   = "retrieval"
table  = "questions.csv"
inputs = ["question", "answer"]
split  = { kind = "random", validation = 0.2, test = 0.2 }
"""

AD_BUY = """
[task.ad_buy]
kind    = "binary"
table   = "impressions.csv"
inputs  = ["user", "ad"]
label   = "bought"
after   = "ad_click"
context = ["position"]
time    = "time"
split   = { kind = "time", validation = 0.15, test = 0.15 }
"""
"""A task that follows the click on an ad; its label is only known where there was one."""

SETTINGS = {
    "training.epochs": 2,
    "training.batch_size": 64,
    "training.learning_rate": 1e-2,
    "training.threads": 1,
    "training.precision": "fp32",
    "training.device": "cpu",
    "model.width": 16,
    "evaluation.baselines": False,
}


def shop_tables() -> dict[str, dict[str, list]]:
    """File -> column -> cells. Users like a colour; the time of a purchase is its number."""
    generator = np.random.default_rng(3)
    pick = lambda values, count: generator.choice(values, size=count).tolist()  # noqa: E731
    items = [f"i{number:02}" for number in range(ITEMS)] + list(COLD)
    colours = [COLOURS[number % 3] for number in range(len(items))]
    titles = [f"{colour} {thing}" for colour, thing in zip(colours, pick(THINGS, len(items)), strict=True)]
    users = [f"u{number:02}" for number in range(USERS)]
    jobs = pick(["desk", "shoe", "lamp"], USERS)
    bought_by = pick(users, 250) + pick(users[:EARLY], 150)
    bought = [
        f"i{3 * int(step) + int(user[1:]) % 3:02}"
        for user, step in zip(bought_by, generator.integers(0, ITEMS // 3, 400), strict=True)
    ]
    return {
        "users.csv": {
            "user_id": users,
            "job": jobs,
            "age": generator.integers(20, 60, USERS).tolist(),
            "gold": [number % 2 for number in range(USERS)],
            "segment": [COLOURS[number % 3] for number in range(USERS)],
        },
        "items.csv": {
            "item_id": items,
            "title": titles,
            "brand": pick(BRANDS, len(items)),
            "price": generator.integers(5, 90, len(items)).tolist(),
            "tags": [f"{colour}|{title.split()[1]}" for colour, title in zip(colours, titles, strict=True)],
        },
        "ads.csv": {"ad_id": ["a1", "a2", "a3"], "words": [f"{colour} shirt" for colour in COLOURS]},
        "purchases.csv": {
            "user_id": bought_by,
            "item_id": bought,
            "time": list(range(400)),
            "liked": generator.integers(0, 2, 400).tolist(),
            "stars": generator.integers(1, 6, 400).tolist(),
        },
        "impressions.csv": {
            "user_id": pick(users, 200),
            "ad_id": pick(["a1", "a2", "a3"], 200),
            "position": [1 + number % 5 % 3 for number in range(200)],
            "clicked": generator.integers(0, 2, 200).tolist(),
            "time": [2 * number for number in range(200)],
        },
        "searches.csv": {
            "search_id": [f"s{number // 5:02}" for number in range(200)],
            "query": [COLOURS[number // 5 % 3] for number in range(200)],
            "user_id": [users[number // 5 % USERS] for number in range(200)],
            "item_id": pick(items[:ITEMS], 200),
            "relevance": [[0, 1, 3, 0, 2][number % 5] for number in range(200)],
            "time": [2 * (number // 5) for number in range(200)],
        },
        "related.csv": {"item_id": items[:ITEMS] * 3, "related_id": pick(items[:ITEMS], 3 * ITEMS)},
        "questions.csv": {
            "question": [f"{word} is my {thing}" for thing in (*THINGS, "parcel") for word in WORDS[:11:2]],
            "answer_id": [f"t{number % 3}" for number in range(42)],
        },
        "answers.csv": {
            "answer_id": ["t0", "t1", "t2"],
            "answer": ["the parcel is red", "how is the refund", "a lamp is blue"],
        },
    }


def write_dataset(folder: Path, tables: dict[str, dict[str, list]], toml: str) -> Path:
    (folder / "dataset.toml").write_text(toml, encoding="utf-8")
    for name, columns in tables.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
    return folder


@pytest.fixture(scope="session")
def tables() -> dict[str, dict[str, list]]:
    """The shop's tables; not to be changed."""
    return shop_tables()


@pytest.fixture(scope="session")
def dataset_folder(tmp_path_factory, tables) -> Path:
    """The shop's folder; not to be written to."""
    return write_dataset(tmp_path_factory.mktemp("tiny"), tables, DATASET)


def funnel_tables() -> dict[str, dict[str, list]]:
    """The shop's tables with what was bought after a click on an ad; empty without a click."""
    tables = shop_tables()
    clicked = tables["impressions.csv"]["clicked"]
    bought = np.random.default_rng(4).integers(0, 2, len(clicked)).tolist()
    column = [cell if click else "" for cell, click in zip(bought, clicked, strict=True)]
    return tables | {"impressions.csv": tables["impressions.csv"] | {"bought": column}}


@pytest.fixture(scope="session")
def funnel_config(tmp_path_factory, encoder_folder):
    """A training of all tasks of the shop and of purchases after a click on an ad."""
    from mtrec_core.config import RunConfig, with_settings

    folder = write_dataset(tmp_path_factory.mktemp("funnel"), funnel_tables(), DATASET + AD_BUY)
    return with_settings(RunConfig(dataset=str(folder)), SETTINGS | {"text.encoder": str(encoder_folder)})


@pytest.fixture(scope="session")
def config(dataset_folder, encoder_folder):
    """A training of all tasks with a frozen encoder."""
    from mtrec_core.config import RunConfig, with_settings

    return with_settings(
        RunConfig(dataset=str(dataset_folder)), SETTINGS | {"text.encoder": str(encoder_folder)}
    )


def train(folder: Path, config):
    """The result of a run of its own in `folder`."""
    from mtrec_core.pipeline import train_in

    return train_in(folder, config, folder / "vectors", "tiny", lambda event: None, lambda: False)
