"""Which rows a step sees: a pure function of seed and step.

Shape suffixes: R = rows of a task, S = drawn targets, N = targets.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.training.sampler import NegativeSampler, Sampler, negative_samplers, training_units
from tests.evaluation.baselines.hand_made import TASK, dataset, entity

NAN = float("nan")


def rows_task(name, rows, *, table="facts.csv", labels=None, splits=None):
    """A binary task with so many rows, all of them in train unless `splits` says otherwise."""
    made = dataset(
        "binary",
        [entity("user", ["u1"])],
        {"user": [0] * rows},
        splits or ["train"] * rows,
        labels=labels or [row % 2 for row in range(rows)],
    )
    data = made.tasks[TASK]
    return replace(data, spec=replace(data.spec, name=name, table=table))


def lists_task(name, groups, grades, splits=None):
    """A ranking task whose rows belong to the given lists."""
    made = dataset(
        "ranking",
        [entity("query", ["q"]), entity("item", ["i"])],
        {"query": [0] * len(groups), "item": [0] * len(groups)},
        splits or ["train"] * len(groups),
        labels=grades,
        group=groups,
    )
    data = made.tasks[TASK]
    return replace(data, spec=replace(data.spec, name=name, table="searches.csv"))


def sampler(*tasks, batch_size=10, power=1.0, seed=0):
    made = dataset("binary", [entity("user", ["u1"])], {"user": [0]}, ["train"], labels=[1])
    made = replace(made, tasks={task.spec.name: task for task in tasks})
    return Sampler(made, list(made.tasks), batch_size, power, seed)


def drawn(made, task, steps):
    """The rows of a task over several steps, one after the other."""
    return [row for step in steps for row in made.draw(step).get(task, np.empty(0, int)).tolist()]


def test_a_step_draws_the_same_rows_whatever_was_drawn_before():
    tasks = [rows_task("a", 30), rows_task("b", 7, table="other.csv")]
    one, other = sampler(*tasks), sampler(*tasks)
    forward = [one.draw(step) for step in range(12)]
    for step in (11, 3, 4, 0, 7):
        again = other.draw(step)
        assert again.keys() == forward[step].keys()
        for task, rows in again.items():
            np.testing.assert_array_equal(rows, forward[step][task])


@settings(deadline=None)
@given(rows=st.integers(2, 40), batch_size=st.integers(1, 50), passes=st.integers(1, 3))
def test_every_row_comes_once_per_pass(rows, batch_size, passes):
    made = sampler(rows_task("a", rows), batch_size=batch_size)
    assert made.per_step["a"] == min(batch_size, rows)
    steps = -(-passes * rows // min(batch_size, rows))
    found = drawn(made, "a", range(steps))
    for turn in range(passes):
        assert sorted(found[turn * rows : (turn + 1) * rows]) == list(range(rows))


def test_passes_have_different_orders_and_so_have_seeds():
    made = sampler(rows_task("a", 30))
    first, second = drawn(made, "a", range(3)), drawn(made, "a", range(3, 6))
    assert sorted(first) == sorted(second)
    assert (
        len({tuple(first), tuple(second), tuple(drawn(sampler(rows_task("a", 30), seed=1), "a", range(3)))})
        == 3
    )


@pytest.mark.parametrize(
    ("power", "a", "b"),
    [
        (1.0, 24, 6),  # 100 : 25 rows
        (0.5, 20, 10),  # 10 : 5
        (0.0, 15, 15),
    ],
)
def test_a_step_draws_from_each_task_in_proportion_to_its_rows_to_the_power(power, a, b):
    made = sampler(rows_task("a", 100), rows_task("b", 25, table="other.csv"), batch_size=30, power=power)
    for step in range(4):
        assert {task: len(rows) for task, rows in made.draw(step).items()} == {"a": a, "b": b}


def test_a_task_whose_turn_it_is_not_is_left_out_and_its_share_is_met_on_average():
    made = sampler(rows_task("a", 97), rows_task("b", 3, table="other.csv"), batch_size=10)
    steps = [made.draw(step) for step in range(100)]
    assert made.per_step["b"] == pytest.approx(0.3)
    counts = Counter(len(step["b"]) for step in steps if "b" in step)
    assert counts == {1: 30}
    assert sum(len(step["a"]) for step in steps) == pytest.approx(970, abs=1)


def test_an_epoch_is_one_pass_over_the_rows_of_all_tasks_together():
    made = sampler(rows_task("a", 97), rows_task("b", 3, table="other.csv"), batch_size=10)
    assert made.steps_per_epoch == 10
    assert sampler(rows_task("a", 3), batch_size=10).steps_per_epoch == 1


def test_no_step_draws_a_row_twice_even_from_a_small_task():
    made = sampler(rows_task("a", 100), rows_task("b", 4, table="other.csv"), batch_size=50, power=0.0)
    for step in range(5):
        assert sorted(made.draw(step)["b"].tolist()) == [0, 1, 2, 3]


def test_rows_without_a_label_and_rows_of_other_splits_are_never_drawn():
    labels, splits = [1, NAN, 0, 1, 0], ["train", "train", "train", "validation", ""]
    made = sampler(rows_task("a", 5, labels=labels, splits=splits), batch_size=2)
    assert set(drawn(made, "a", range(6))) == {0, 2}


def test_a_task_without_training_rows_is_left_out():
    made = sampler(rows_task("a", 5), rows_task("b", 2, splits=["test", "test"]))
    assert all(step.keys() == {"a"} for step in map(made.draw, range(5)))


def test_tasks_of_one_table_see_the_same_rows_so_that_a_text_serves_all():
    made = sampler(
        rows_task("a", 40), rows_task("b", 40), rows_task("c", 40, table="other.csv"), batch_size=15
    )
    for step in range(12):
        rows = made.draw(step)
        np.testing.assert_array_equal(rows["a"], rows["b"])
        assert rows["a"].tolist() != rows["c"].tolist()


def test_a_list_stays_whole_and_a_list_without_an_order_is_not_drawn():
    groups = list("kklllmmnn")
    grades = [0, 1, 2, 0, 0, 1, 1, 3, 0]  # m has two equal grades: nothing to order
    made = sampler(lists_task("search", groups, grades), batch_size=3)
    lists = {"k": [0, 1], "l": [2, 3, 4], "n": [7, 8]}
    assert sorted(map(list, training_units_of(groups, grades))) == sorted(lists.values())
    assert sum(made.rows.values()) == 7
    assert made.per_step["search"] == pytest.approx(3 * 3 / 7)  # 3 rows a step, 7 / 3 rows a list
    found = drawn(made, "search", range(7))
    assert Counter(found) == {row: 3 for rows in lists.values() for row in rows}
    for step in range(7):
        rows = set(made.draw(step).get("search", np.empty(0, int)).tolist())
        assert all(rows.issuperset(one) or rows.isdisjoint(one) for one in lists.values())


def training_units_of(groups, grades):
    task = lists_task("search", groups, grades)
    made = dataset("binary", [entity("user", ["u1"])], {"user": [0]}, ["train"], labels=[1])
    return [unit.tolist() for unit in training_units(replace(made, tasks={"search": task}), "search")]


def test_negatives_follow_the_training_counts_to_the_power_of_three_quarters():
    made = NegativeSampler(np.array([16, 0, 1]), negatives=4, seed=0)
    weights_N = np.array([16**0.75, 0.1**0.75, 1])  # a target never seen counts a tenth
    np.testing.assert_allclose(made.probability_N, weights_N / weights_N.sum())
    np.testing.assert_allclose(made.log_expected_N, np.log(4 * weights_N / weights_N.sum()), rtol=1e-5)


def test_draws_have_their_expected_counts_and_depend_on_the_step_alone():
    made = NegativeSampler(np.array([16, 0, 1]), negatives=3000, seed=0)
    codes_S = made.draw(5)
    assert codes_S.shape == (3000,)
    expected_N = np.exp(made.log_expected_N)
    assert (np.abs(np.bincount(codes_S, minlength=3) - expected_N) < 4 * np.sqrt(expected_N)).all()
    np.testing.assert_array_equal(NegativeSampler(np.array([16, 0, 1]), 3000, seed=0).draw(5), codes_S)
    assert (made.draw(6) != codes_S).any()


def test_negatives_count_training_rows_alone_and_differ_between_tasks():
    made = dataset(
        "retrieval",
        [entity("user", ["u1"]), entity("item", ["a", "b", "c"])],
        {"user": [0] * 4, "item": [0, 1, 1, 2]},
        ["train", "train", "train", "test"],
    )
    other = replace(made.tasks[TASK], spec=replace(made.tasks[TASK].spec, name="other"))
    made = replace(made, tasks={TASK: made.tasks[TASK], "other": other})
    found = negative_samplers(made, {TASK: "item", "other": "item"}, negatives=50, seed=0)
    weights_N = np.array([1, 2, 0.1]) ** 0.75
    np.testing.assert_allclose(found[TASK].probability_N, weights_N / weights_N.sum())
    assert (found[TASK].draw(0) != found["other"].draw(0)).any()
