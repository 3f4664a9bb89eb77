"""Transitions by hand."""

import pytest

from mtrec_core.evaluation.baselines.last_item import TIE, last_item
from mtrec_core.evaluation.baselines.problem import Problem
from tests.evaluation.baselines.hand_made import TASK, dataset, entity, history


def scores(data, row):
    table = last_item(Problem(dataset=data, task=TASK, splits=("test",)))
    return table[table["row"] == row].set_index("item")["score"].to_dict()


ITEMS = entity("item", ["a", "b", "c", "d"])


def sequences():
    """u0 buys a b c, u1 a b, u2 a c and then, in test, d; u3 has only the test row."""
    events = history("item", [[0, 1, 2], [0, 1], [0, 2, 3], [3]])
    users = entity("user", ["u0", "u1", "u2", "u3"], histories=events)
    rows = [
        (0, 1, 1, "train"),  # a -> b
        (0, 2, 2, "train"),  # b -> c
        (1, 1, 4, "train"),  # a -> b
        (2, 2, 6, "train"),  # a -> c
        (2, 3, 6, "test"),  # after a
        (3, 3, 8, "test"),  # after nothing
    ]
    who, what, ends, splits = zip(*rows, strict=True)
    return dataset("retrieval", [users, ITEMS], {"user": who, "item": what}, splits, ends={0: ends})


def test_the_score_is_the_share_of_what_followed_the_last_item():
    # train targets: b twice, c twice
    expected = {"a": 0, "b": 2 / 3 + TIE, "d": 0}
    assert scores(sequences(), 4) == pytest.approx(expected)  # c was bought in train and is filtered


def test_an_empty_history_leaves_popularity():
    assert scores(sequences(), 5) == pytest.approx({"a": 0, "b": TIE, "c": TIE, "d": 0})


def test_only_the_last_item_counts():
    data = sequences()
    data.tasks[TASK].history_end_R[0][4] = 7  # u2 has bought a and c: nothing followed c in train
    assert scores(data, 4) == pytest.approx({"a": 0, "b": TIE, "d": 0})


def test_a_history_without_times_counts_all_items_but_the_rows_own():
    events = history("item", [[0, 1], [0, 1, 2], [0]], ordered=False)
    users = entity("user", ["u0", "u1", "u2"], histories=events)
    who, what = [0, 0, 1, 1, 1, 2, 2], [0, 1, 0, 1, 2, 0, 3]
    ends = [2, 2, 5, 5, 5, 6, 6]
    data = dataset(
        "retrieval", [users, ITEMS], {"user": who, "item": what}, ["train"] * 6 + ["test"], ends={0: ends}
    )
    # beside a stood: b (u0), b and c (u1); popularity in train: a 3, b 2, c 1, all over 3
    expected = {"b": 2 / 3 + TIE * 2 / 3, "c": 1 / 3 + TIE / 3, "d": 0}
    assert scores(data, 6) == pytest.approx(expected)


def test_items_asked_for_by_an_item_count_what_went_together_and_what_went_with_that():
    pairs = [("item", [0, 1, 1]), ("item", [1, 2, 3])]  # a-b, b-c in train, b-d in test
    data = dataset("retrieval", [ITEMS], pairs, ["train", "train", "test"])
    # P: a -> b 1; b -> a 1/2, c 1/2; c -> b 1. P P from b: to b only. Train targets: b once, c once.
    expected = {"a": 1 / 2, "d": 0}  # c is seen, b is the query
    assert scores(data, 2) == pytest.approx(expected)
    from_a = dataset(
        "retrieval", [ITEMS], [("item", [0, 1, 0]), ("item", [1, 2, 3])], ["train", "train", "test"]
    )
    # P P from a: through b to a 1/2 and c 1/2, of which half counts
    assert scores(from_a, 2) == pytest.approx({"c": 1 / 2 * 1 / 2 + TIE, "d": 0})


def test_without_a_history_it_is_left_out():
    users = entity("user", ["u0", "u1"])
    data = dataset("retrieval", [users, ITEMS], {"user": [0, 1], "item": [0, 1]}, ["train", "test"])
    assert last_item(Problem(dataset=data, task=TASK, splits=("test",))) is None
