"""Rows with scores become a predictions table."""

import numpy as np
import pytest

from mtrec_core.evaluation.pointwise import pointwise_predictions
from mtrec_core.evaluation.predictions import COLUMNS
from tests.evaluation.baselines.hand_made import TASK, dataset, entity

USERS = entity("user", ["u0", "u1"])
ITEMS = entity("item", ["a", "b", "c"])
INPUTS = {"user": [0, 1, 1], "item": [2, 0, 1]}
SPLITS = ["train", "test", "test"]


def test_a_row_names_its_last_input_and_the_unit_of_uncertainty_its_first():
    data = dataset("binary", [USERS, ITEMS], INPUTS, SPLITS, labels=[1, 0, 1])
    table = pointwise_predictions(data, TASK, "test", np.array([1, 2]), np.array([0.25, 0.5]))
    assert table.astype(object).to_numpy().tolist() == [
        [TASK, "test", 1, "u1", "a", 0, 0.25, 0, 0],
        [TASK, "test", 2, "u1", "b", 1, 0.5, 0, 0],
    ]
    assert list(table.columns) == list(COLUMNS)


def test_a_group_is_the_unit_where_there_is_one():
    data = dataset("ranking", [USERS, ITEMS], INPUTS, SPLITS, labels=[1, 0, 1], group=["x", "y", "y"])
    table = pointwise_predictions(data, TASK, "test", np.array([1, 2]), np.zeros(2))
    assert table["user"].tolist() == ["y", "y"]


def test_a_row_of_a_ranking_is_about_the_input_after_the_query():
    queries = entity("query", ["q0", "q1"])
    inputs = {"query": [0, 1, 1], "item": [2, 0, 1], "user": [0, 1, 1]}
    data = dataset("ranking", [queries, ITEMS, USERS], inputs, SPLITS, labels=[1, 0, 2])
    table = pointwise_predictions(data, TASK, "test", np.array([1, 2]), np.zeros(2))
    assert table["item"].tolist() == ["a", "b"]
    assert table["user"].tolist() == ["q1", "q1"]


def test_a_row_without_a_group_falls_back_to_its_first_input():
    data = dataset("binary", [USERS, ITEMS], INPUTS, SPLITS, labels=[1, 0, 1], group=["x", "y", "y"])
    data.tasks[TASK].group_R[1] = -1
    table = pointwise_predictions(data, TASK, "test", np.array([1, 2]), np.zeros(2))
    assert table["user"].tolist() == ["u1", "y"]


def test_a_class_gets_a_line_per_row():
    data = dataset("multiclass", [USERS, ITEMS], INPUTS, SPLITS, labels=[0, 1, 0], classes=("no", "yes"))
    table = pointwise_predictions(data, TASK, "test", np.array([1, 2]), np.array([[0.1, 0.9], [0.8, 0.2]]))
    assert table["row"].tolist() == [1, 1, 2, 2]
    assert table["item"].tolist() == ["no", "yes"] * 2
    assert table["target"].tolist() == [0, 1, 1, 0]
    assert table["score"].tolist() == pytest.approx([0.1, 0.9, 0.8, 0.2])


def test_tags_of_a_row_are_its_own():
    tags = [{0, 1}, set(), {1}]
    data = dataset("multilabel", [USERS, ITEMS], INPUTS, SPLITS, tags=tags, classes=("red", "blue"))
    assert data.tasks[TASK].label_matrix(np.array([2, 1, 0])).tolist() == [
        [False, True],
        [False, False],
        [True, True],
    ]


def test_scores_for_another_number_of_classes_are_an_error():
    data = dataset("multiclass", [USERS, ITEMS], INPUTS, SPLITS, labels=[0, 1, 0], classes=("no", "yes"))
    with pytest.raises(ValueError, match=r"\(2, 3\) for 2 rows and 2 classes"):
        pointwise_predictions(data, TASK, "test", np.array([1, 2]), np.zeros((2, 3)))


def test_no_rows_make_an_empty_table():
    data = dataset("binary", [USERS, ITEMS], INPUTS, SPLITS, labels=[1, 0, 1])
    table = pointwise_predictions(data, TASK, "test", np.array([], np.int64), np.array([]))
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 0
