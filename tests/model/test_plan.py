"""The model's shape as it follows from a dataset, and the batches that it takes.

Shape suffixes: R = rows of a task, B = rows of a batch.
"""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from mtrec_core.data.schema import SPLIT_NAMES
from mtrec_core.model.batches import make_batch
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.plan import ModelPlan, plan_model
from tests.evaluation.baselines.hand_made import TASK, dataset, entity, history


def planned(kind, labels, splits, **chosen):
    """The plan of the only task of a small dataset."""
    rows = len(splits)
    made = dataset(
        kind, [entity("user", ["u1", "u2"])], {"user": [0] * rows}, splits, labels=labels, **chosen
    )
    return plan_model(made, [TASK], ModelSettings(), text_width=0).tasks[TASK]


def test_a_plan_comes_back_from_json_as_it_was(bench):
    plan = bench.model().plan
    assert ModelPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_plan_holds_the_things_that_its_tasks_need_and_those_of_their_histories(bench):
    assert set(bench.model(tasks=["gold"]).plan.entities) == {"user", "item"}
    assert set(bench.model(tasks=["service"]).plan.entities) == {"question", "answer"}
    assert set(bench.model(tasks=["service"]).plan.tasks) == {"service"}


def test_an_entity_brings_what_it_has(bench):
    plan = bench.model().plan.entities
    assert plan["user"].history_of == "item"
    assert plan["user"].history_length == 5
    assert plan["user"].own_vectors == len(bench.dataset.entities["user"])
    assert plan["item"].cardinalities == (3,)  # two brands and the unknown one
    assert plan["item"].numeric_width == 1
    assert plan["query"].own_vectors == 0  # a typed thing has no key
    assert plan["query"].history_of == ""


def test_settings_switch_own_vectors_and_histories_off(bench):
    plan = bench.model(id_embeddings=False, history="none").plan.entities
    assert {entity.own_vectors for entity in plan.values()} == {0}
    assert {entity.history_of for entity in plan.values()} == {""}


def test_the_outputs_of_a_task_start_at_the_rates_of_its_training_labels():
    nan = float("nan")
    splits = ["train"] * 5 + ["validation", "test"]
    # 3 of 4 labelled training rows are yes: log((3 + .5) / (1 + .5)).
    assert planned("binary", [1, 1, 0, 1, nan, 0, 0], splits).start == pytest.approx([math.log(3.5 / 1.5)])
    # Classes a, b, c occur 3, 1 and 0 times in train, each raised by a half: 3.5, 1.5 and .5 of 5.5.
    start = planned("multiclass", [0, 0, 1, 0, nan, 2, 2], splits, classes=("a", "b", "c")).start
    assert start == pytest.approx([math.log(share / 5.5) for share in (3.5, 1.5, 0.5)])
    assert planned("regression", [5, 7, 6, 6, nan, 90, 90], splits).start == (0.0,)


def test_the_tags_of_a_task_start_at_their_rates_in_train():
    tags = [{0}, {0, 1}, set(), {0}, {1}, {1}]
    splits = ["train"] * 4 + ["validation", "test"]
    start = planned("multilabel", [1] * 6, splits, tags=tags, classes=("a", "b")).start
    # Tag 0 stands in 3 of 4 training rows, tag 1 in 1 of 4.
    assert start == pytest.approx([math.log(3.5 / 1.5), math.log(1.5 / 3.5)])


def test_a_regression_is_scaled_by_its_training_labels_alone():
    plan = planned("regression", [2, 4, float("nan"), 100], ["train", "train", "train", "test"])
    assert (plan.label_mean, plan.label_spread) == (3.0, 1.0)  # (2 + 4) / 2; both lie 1 away
    same = planned("regression", [4, 4, 9], ["train", "train", "test"])
    assert (same.label_mean, same.label_spread) == (4.0, 1e-6)


def test_a_batch_holds_the_rows_that_were_asked_for(bench):
    data = bench.dataset.tasks["ad_click"]
    rows = np.array([7, 2, 2])
    batch = make_batch(bench.dataset, data, rows)
    assert len(batch) == 3
    assert [codes.tolist() for codes in batch.inputs] == [codes[rows].tolist() for codes in data.inputs]
    assert batch.labels_B.tolist() == data.label_R[rows].tolist()
    np.testing.assert_array_equal(batch.context_categorical_BC, data.context_categorical_RC[rows])
    assert set(batch.windows) == {0}  # the user's history; an ad has none


def test_a_retrieval_batch_hides_the_target_from_the_inputs():
    made = dataset(
        "retrieval",
        [
            entity("user", ["u1", "u2"], histories=history("item", [[0, 1, 2], [2]])),
            entity("item", ["a", "b", "c"]),
        ],
        {"user": [0, 0, 1], "item": [1, 2, 0]},
        ["train"] * 3,
        ends={0: [1, 2, 4]},
    )
    batch = make_batch(made, made.tasks[TASK], np.arange(3))
    assert [codes.tolist() for codes in batch.inputs] == [[0, 0, 1]]
    assert batch.labels_B.tolist() == [1, 2, 0]
    assert batch.windows[0].tolist() == [[-1, -1, 0], [-1, 0, 1], [-1, -1, 2]]


def test_tags_become_ones_in_their_columns():
    tags = [{0, 2}, set(), {1}]
    made = dataset(
        "multilabel",
        [entity("item", ["a", "b", "c"])],
        {"item": [0, 1, 2]},
        ["train"] * 3,
        tags=tags,
        classes=("x", "y", "z"),
    )
    batch = make_batch(made, made.tasks[TASK], np.array([2, 0, 1, 0]))
    assert batch.tags_BK.tolist() == [[0, 1, 0], [1, 0, 1], [0, 0, 0], [1, 0, 1]]


def test_lists_are_numbered_within_a_batch_by_group_or_else_by_query():
    things = [entity("query", ["q1", "q2", "q3"]), entity("item", ["a", "b"])]
    pairs = {"query": [2, 2, 0, 1], "item": [0, 1, 0, 1]}
    by_query = dataset("ranking", things, pairs, ["train"] * 4, labels=[0, 1, 2, 0])
    assert make_batch(by_query, by_query.tasks[TASK], np.arange(4)).groups_B.tolist() == [2, 2, 0, 1]
    grouped = dataset(
        "ranking", things, pairs, ["train"] * 4, labels=[0, 1, 2, 0], group=["l", "k", "l", "k"]
    )
    assert make_batch(grouped, grouped.tasks[TASK], np.array([0, 2, 1])).groups_B.tolist() == [1, 1, 0]


def test_only_training_rows_shape_the_plan(bench):
    """Changing every other label changes nothing."""
    tasks = {}
    for name, data in bench.dataset.tasks.items():
        outside_R = data.split_R != SPLIT_NAMES.index("train")
        turned_R = np.where(outside_R & ~np.isnan(data.label_R), 1 - data.label_R, data.label_R)
        tasks[name] = data if data.classes else replace(data, label_R=turned_R.astype(np.float32))
    changed = replace(bench.dataset, tasks=tasks)
    names = list(tasks)
    assert plan_model(changed, names, ModelSettings(), 32) == plan_model(
        bench.dataset, names, ModelSettings(), 32
    )
