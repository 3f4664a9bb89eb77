"""Majority, base rate and mean come from the train rows."""

import numpy as np
import pytest

from mtrec_core.evaluation.baselines.constant import constant
from mtrec_core.evaluation.baselines.problem import Problem
from tests.evaluation.baselines.hand_made import TASK, dataset, entity

SPLITS = ["train", "train", "train", "train", "validation", "test"]


def predict(data, splits=("test",)):
    return constant(Problem(dataset=data, task=TASK, splits=splits))


def users(count=6):
    return entity("user", [f"u{code}" for code in range(count)])


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_a_number_is_the_mean_of_the_train_labels(kind):
    labels = [1, 0, 0, 0, 1, 1]
    table = predict(
        dataset(kind, [users()], {"user": range(6)}, SPLITS, labels=labels), ("validation", "test")
    )
    assert table["score"].tolist() == [(1 + 0 + 0 + 0) / 4] * 2
    assert table["target"].tolist() == [1, 1]
    assert table["split"].tolist() == ["validation", "test"]


def test_a_row_without_a_label_does_not_count():
    labels = [1, 0, np.nan, np.nan, 1, 1]
    table = predict(dataset("binary", [users()], {"user": range(6)}, SPLITS, labels=labels))
    assert table["score"].tolist() == [(1 + 0) / 2]


def test_a_class_gets_its_share_of_the_train_rows():
    labels = [0, 0, 0, 1, 2, 2]
    data = dataset(
        "multiclass", [users()], {"user": range(6)}, SPLITS, labels=labels, classes=("a", "b", "c")
    )
    table = predict(data)
    assert dict(zip(table["item"], table["score"], strict=True)) == {"a": 3 / 4, "b": 1 / 4, "c": 0}
    assert table["target"].tolist() == [0, 0, 1]


def test_a_tag_gets_its_share_of_the_train_rows():
    tags = [{0, 1}, {0}, {0}, set(), {1}, {1}]
    data = dataset("multilabel", [users()], {"user": range(6)}, SPLITS, tags=tags, classes=("red", "blue"))
    table = predict(data)
    assert dict(zip(table["item"], table["score"], strict=True)) == {"red": 3 / 4, "blue": 1 / 4}
    assert table["target"].tolist() == [0, 1]
