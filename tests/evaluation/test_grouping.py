"""The best division of tasks into groups."""

import numpy as np
import pytest

from mtrec_core.errors import UserError
from mtrec_core.evaluation.grouping import best_grouping, gains_of, pairwise


def partitions(tasks):
    """All divisions, one by one."""
    if not tasks:
        yield ()
        return
    first, *rest = tasks
    for smaller in partitions(rest):
        yield ((first,), *smaller)
        for at, group in enumerate(smaller):
            yield (*smaller[:at], (first, *group), *smaller[at + 1 :])


def test_two_that_help_each_other_are_trained_together_and_the_one_that_hurts_alone():
    gains = {
        ("a", "b"): 0.10, ("b", "a"): 0.06, ("a", "c"): 0.20, ("c", "a"): -0.30, ("b", "c"): 0.0,
        ("c", "b"): -0.10,
    }  # fmt: skip
    found = best_grouping(("a", "b", "c"), pairwise(gains))
    assert found.groups == (("a", "b"), ("c",))
    assert found.gains == {"a": 0.06, "b": 0.10, "c": 0.0}
    assert found.mean_gain == pytest.approx((0.06 + 0.10 + 0.0) / 3)


def test_a_tasks_gain_in_a_group_is_the_mean_of_its_gains_with_each_member():
    gains = {
        ("a", "b"): 0.1,
        ("c", "b"): 0.3,
        ("b", "a"): 0.2,
        ("c", "a"): 0.0,
        ("a", "c"): 0.1,
        ("b", "c"): 0.1,
    }
    assert pairwise(gains)(("a", "b", "c")) == pytest.approx({"a": 0.2 / 2, "b": (0.1 + 0.3) / 2, "c": 0.1})


def test_of_equal_divisions_the_one_with_fewer_models_is_taken():
    gains = {("a", "b"): 0.1, ("b", "a"): -0.1}
    assert best_grouping(("a", "b"), pairwise(gains)).groups == (("a", "b"),)


def test_a_pair_that_was_never_trained_is_in_no_group():
    gains = {("a", "b"): 0.1, ("b", "a"): 0.1, ("a", "c"): 0.9}
    assert best_grouping(("a", "b", "c"), pairwise(gains)).groups == (("a", "b"), ("c",))


@pytest.mark.parametrize("seed", range(8))
def test_no_division_is_better_than_the_one_found(seed):
    rng = np.random.default_rng(seed)
    tasks = tuple("abcdef")
    gains = pairwise({(i, j): float(rng.normal(0, 0.1)) for i in tasks for j in tasks if i != j})
    best = max(gains_of(groups, gains).mean_gain for groups in partitions(tasks))
    assert best_grouping(tasks, gains).mean_gain == pytest.approx(best)


def test_eight_tasks_are_divided_exactly():
    tasks = tuple("abcdefgh")
    gains = {(i, j): 0.1 if (i in "abcd") == (j in "abcd") else -0.1 for i in tasks for j in tasks if i != j}
    assert best_grouping(tasks, pairwise(gains)).groups == (tuple("abcd"), tuple("efgh"))


def test_too_many_tasks_are_refused():
    with pytest.raises(UserError, match="--tasks"):
        best_grouping([str(number) for number in range(13)], pairwise({}))


def test_a_division_with_an_unknown_group_has_no_gain():
    assert gains_of((("a", "b"),), pairwise({("a", "b"): 0.1})) is None
    assert gains_of((("a",), ("b",)), pairwise({})).mean_gain == 0.0
