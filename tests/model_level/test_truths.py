"""What a trained model must find in a shop whose truths are known, and what it must not find.

Each of 300 users has a taste for one of three colours and buys eight items, five in six of their colour. An
item's brand is a coin that nothing tells in advance.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.evaluation.predictions_file import load_predictions
from tests.tiny_shop import BRANDS, COLOURS, THINGS, train, write_dataset

pytestmark = pytest.mark.slow

USERS, BOUGHT = 300, 8
DATASET = """
name = "truths"

[entity.user]
table   = "users.csv"
key     = "user_id"
history = { table = "purchases.csv", item = "item_id", time = "time", max = 5 }

[entity.item]
table = "items.csv"
key   = "item_id"
text  = "{colour} {thing} {brand}"

[task.purchase]
kind   = "retrieval"
table  = "purchases.csv"
inputs = ["user", "item"]
time   = "time"
split  = { kind = "time", validation = 0.1, test = 0.2 }

[task.next_brand]
kind   = "binary"
table  = "moments.csv"
inputs = ["user"]
label  = "next"
time   = "time"
split  = { kind = "time", validation = 0.1, test = 0.25 }

[task.last_brand]
kind   = "binary"
table  = "moments.csv"
inputs = ["user"]
label  = "last"
time   = "time"
split  = { kind = "time", validation = 0.1, test = 0.25 }

[task.final_brand]
kind   = "binary"
table  = "users.csv"
inputs = ["user"]
label  = "final"
split  = { kind = "user", by = "user", validation = 0.1, test = 0.5 }

[task.taste]
kind   = "multiclass"
table  = "users.csv"
inputs = ["user"]
label  = "taste"
split  = { kind = "user", by = "user", validation = 0.2, test = 0.6 }
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """Every user buys once in each of eight rounds; a moment stands at the time of each purchase but the
    first."""
    generator = np.random.default_rng(1)
    items = pd.DataFrame(
        [(colour, thing, brand) for colour in COLOURS for thing in THINGS for brand in BRANDS],
        columns=["colour", "thing", "brand"],
    )
    items.insert(0, "item_id", [f"i{number:02}" for number in range(len(items))])
    taste_U = generator.integers(0, 3, USERS)
    bought_UR = np.empty((USERS, BOUGHT), np.int64)
    for user in range(USERS):
        own = generator.random(BOUGHT) < 5 / 6
        colour_R = np.where(own, taste_U[user], generator.integers(0, 3, BOUGHT))
        bought_UR[user] = colour_R * 12 + generator.integers(0, 12, BOUGHT)
    is_acme_UR = (items["brand"] == BRANDS[0]).to_numpy()[bought_UR].astype(int)
    users = [f"u{user:03}" for user in range(USERS)]
    moment = [(user, turn) for turn in range(1, BOUGHT) for user in range(USERS)]
    purchase = [(user, turn) for turn in range(BOUGHT) for user in range(USERS)]
    tables = {
        "users.csv": {
            "user_id": users,
            "taste": [COLOURS[taste] for taste in taste_U],
            "final": is_acme_UR[:, -1].tolist(),
        },
        "items.csv": {name: items[name].tolist() for name in items},
        "purchases.csv": {
            "user_id": [users[user] for user, _ in purchase],
            "item_id": [items["item_id"][bought_UR[user, turn]] for user, turn in purchase],
            "time": [USERS * turn + user for user, turn in purchase],
        },
        "moments.csv": {
            "user_id": [users[user] for user, _ in moment],
            "time": [USERS * turn + user for user, turn in moment],
            "next": [int(is_acme_UR[user, turn]) for user, turn in moment],
            "last": [int(is_acme_UR[user, turn - 1]) for user, turn in moment],
        },
    }
    return write_dataset(tmp_path_factory.mktemp("truths"), tables, DATASET)


@pytest.fixture(scope="module")
def learn(shop, encoder_folder, tmp_path_factory):
    """learn(tasks, settings) trains a model on the shop: its result and its folder."""

    def run(tasks, settings):
        chosen = {
            "text.encoder": str(encoder_folder),
            "training.device": "cpu",
            "training.precision": "fp32",
            "training.threads": 1,
            "training.batch_size": 256,
            "training.learning_rate": 5e-3,
            "training.epochs": 8,
            "model.width": 32,
            "evaluation.baselines": False,
        }
        config = with_settings(RunConfig(dataset=str(shop)), chosen | settings)
        folder = tmp_path_factory.mktemp("run")
        return train(folder, replace(config, tasks=tasks)), folder

    return run


def test_a_label_that_only_the_future_reveals_stays_at_chance(learn):
    """`next_brand` and `final_brand` are written in the purchases that histories are made of."""
    result, _ = learn(("purchase", "next_brand", "last_brand", "final_brand"), {"model.id_dropout": 0.9})
    auc = {task: found.test["auc"] for task, found in result.tasks.items() if "auc" in found.test}
    assert auc["last_brand"] > 0.9  # what the past reveals is learned
    assert auc["next_brand"] == pytest.approx(0.5, abs=0.1)
    assert auc["final_brand"] == pytest.approx(0.5, abs=0.1)


def test_items_hidden_from_training_are_ranked_by_their_text(learn, shop):
    settings = {"data.hide_items": 0.3, "evaluation.baselines": True, "training.epochs": 12}
    result, folder = learn(("purchase",), settings)
    config = with_settings(RunConfig(dataset=str(shop)), {"data.hide_items": 0.3})
    dataset = compile_dataset(load_dataset_spec(shop), config.data, ("purchase",))
    items = dataset.entities["item"]
    cold = set(items.keys.filter(~items.in_train_N).to_pylist())
    assert 5 <= len(cold) <= 15  # about 30 % of 36

    def mean_rank(path):
        table = load_predictions(path)
        return table[(table["target"] > 0) & table["item"].isin(cold)]["rank"].mean()

    model = mean_rank(folder / "predictions.parquet")
    popularity = mean_rank(folder / "baselines" / "purchase.popularity.parquet")
    assert model < popularity - 8
    # In a list of their own colour first, a target would stand at 6 on average, or anywhere in one of six.
    assert model < 12
    assert (
        result.tasks["purchase"].test["ndcg@10"] > result.tasks["purchase"].baselines["popularity"]["ndcg@10"]
    )


def test_a_task_that_knows_nothing_of_a_user_learns_from_one_that_does(learn):
    """Without histories a user is no more than a vector of their own, which purchases shape and so reveal
    the taste of users whose taste no training row tells."""
    settings = {"model.history": "none", "model.id_dropout": 0.1, "training.epochs": 12}
    alone, _ = learn(("taste",), settings)
    together, _ = learn(("taste", "purchase"), settings)
    assert alone.tasks["taste"].test["accuracy"] < 0.45  # one of three
    assert together.tasks["taste"].test["accuracy"] > 0.6
