"""Popularity by hand."""

import pytest

from mtrec_core.evaluation.baselines.popularity import PRIOR_ROWS, popularity
from mtrec_core.evaluation.baselines.problem import Problem
from tests.evaluation.baselines.hand_made import TASK, dataset, entity


def predict(data):
    return popularity(Problem(dataset=data, task=TASK, splits=("test",)))


def shop(kind, item_codes, splits, labels=None, item_key="id", group=None):
    rows = len(splits)
    users = entity("user", [f"u{code}" for code in range(rows)])
    items = entity("item", ["a", "b", "c"], key=item_key)
    inputs = {"user": range(rows), "item": item_codes}
    return dataset(kind, [users, items], inputs, splits, labels=labels, group=group)


def test_targets_rank_by_their_count_in_train():
    data = shop(
        "retrieval", [1, 1, 2, 0, 0, 0, 0], ["train", "train", "train", "validation", "test", "test", ""]
    )
    table = predict(data)
    first_list = table[table["row"] == 4].set_index("item")
    assert first_list["score"].to_dict() == {"b": 2, "c": 1, "a": 0}
    assert first_list["rank"].to_dict() == {"b": 1, "c": 2, "a": 3}


def test_an_item_gets_its_mean_label_drawn_towards_the_overall_mean():
    data = shop("binary", [0, 0, 1, 1, 0, 1, 2], ["train"] * 4 + ["test"] * 3, labels=[1, 1, 1, 0, 0, 0, 0])
    mean = (1 + 1 + 1 + 0) / 4
    expected = {
        "a": (1 + 1 + PRIOR_ROWS * mean) / (2 + PRIOR_ROWS),
        "b": (1 + 0 + PRIOR_ROWS * mean) / (2 + PRIOR_ROWS),
        "c": mean,
    }
    table = predict(data)
    assert dict(zip(table["item"], table["score"], strict=True)) == pytest.approx(expected)


def test_a_ranking_orders_by_the_mean_grade():
    splits, labels = ["train"] * 4 + ["test"] * 2, [3, 2, 0, 1, 3, 0]
    data = shop("ranking", [0, 0, 1, 1, 0, 1], splits, labels=labels, group=list("xxyyzz"))
    table = predict(data)
    mean = (3 + 2 + 0 + 1) / 4
    assert table["score"].tolist() == pytest.approx([(3 + 2 + 10 * mean) / 12, (0 + 1 + 10 * mean) / 12])
    assert table["user"].tolist() == ["z", "z"]


def test_a_ranking_is_about_the_input_after_the_query():
    queries, users, items = entity("query", ["q"]), entity("user", ["u0", "u1"]), entity("item", ["a", "b"])
    inputs = {"query": [0] * 6, "item": [0, 0, 1, 1, 0, 1], "user": [0, 1, 0, 1, 0, 1]}
    splits = ["train"] * 4 + ["test"] * 2
    table = predict(dataset("ranking", [queries, items, users], inputs, splits, labels=[2, 2, 0, 0, 2, 0]))
    assert table["score"].tolist() == pytest.approx([(2 + 2 + 10 * 1) / 12, (0 + 0 + 10 * 1) / 12])


def test_items_that_occur_once_leave_it_out():
    assert predict(shop("binary", [0, 1, 2], ["train", "train", "test"], labels=[1, 0, 0])) is None


def test_things_without_a_key_leave_it_out():
    data = shop("regression", [0, 0, 1], ["train", "train", "test"], labels=[1, 0, 0], item_key=None)
    assert predict(data) is None
