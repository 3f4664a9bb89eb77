"""Which step is best, and when a run ends early."""

import json

import pytest

from mtrec_core.errors import SettingError
from mtrec_core.training.stopping import Selection

KINDS = {"clicks": "binary", "stars": "regression", "basket": "retrieval"}


def selection(monitor="mean_gain", patience=0, kinds=None):
    return Selection(monitor=monitor, patience=patience, kinds=KINDS if kinds is None else kinds)


def metrics(**headlines):
    """Task -> its headline metric."""
    names = {"clicks": "auc", "stars": "rmse", "basket": "ndcg@10"}
    return {task: {names[task]: value} for task, value in headlines.items()}


def test_the_mean_gain_is_relative_to_the_first_validation_and_turned_where_lower_is_better():
    chosen = selection()
    assert chosen.see(10, metrics(clicks=0.6, stars=2.0, basket=0.1)) == (0, True)
    value, is_best = chosen.see(20, metrics(clicks=0.75, stars=1.5, basket=0.08))
    ratios = 0.75 / 0.6 * 2.0 / 1.5 * 0.08 / 0.1  # 4/3
    assert value == pytest.approx(ratios ** (1 / 3) - 1)
    assert is_best


def test_a_task_that_began_low_does_not_outvote_the_others():
    chosen = selection()
    chosen.see(1, metrics(clicks=0.5, basket=0.0005))
    chosen.see(2, metrics(clicks=0.6, basket=0.0500))
    # Twenty per cent lost on the one, fifty won on the other: an arithmetic mean over the start would say no,
    # (0.9 - 0.5) / 0.5 = 0.8 against 99 and 79.
    _, is_best = chosen.see(3, metrics(clicks=0.9, basket=0.0400))
    assert is_best


def test_a_task_that_starts_at_zero_counts_from_the_smallest_value():
    chosen = selection()
    chosen.see(1, metrics(clicks=0.5, basket=0.0))
    value, _ = chosen.see(2, metrics(clicks=0.6, basket=0.03))
    assert value == pytest.approx((0.6 / 0.5 * 0.03 / 1e-4) ** 0.5 - 1)


def test_a_task_without_its_metric_is_left_out_of_the_mean():
    chosen = selection()
    chosen.see(1, metrics(clicks=0.5, stars=2.0))
    value, _ = chosen.see(2, metrics(clicks=0.6))
    assert value == pytest.approx((0.6 - 0.5) / 0.5)
    later, _ = chosen.see(3, metrics(clicks=0.5, basket=0.2))  # measured for the first time: no gain yet
    assert later == 0


def test_without_any_metric_no_step_is_better_than_another():
    chosen = selection()
    assert chosen.see(1, {}) == (float("-inf"), True)
    assert chosen.see(2, {}) == (float("-inf"), False)
    assert chosen.see(3, metrics(clicks=0.5)) == (0, True)


@pytest.mark.parametrize(
    ("monitor", "seen", "best_step"),
    [
        ("clicks/auc", [0.6, 0.8, 0.7], 2),
        ("stars/rmse", [1.0, 0.8, 0.9], 2),  # lower is better
        ("clicks/log_loss", [0.5, 0.6, 0.4], 3),
        ("basket/recall@10", [0.3, 0.2, 0.1], 1),
    ],
)
def test_a_named_metric_of_a_task_picks_the_best_step(monitor, seen, best_step):
    task, name = monitor.split("/")
    chosen = selection(monitor)
    for step, value in enumerate(seen, start=1):
        chosen.see(step, {task: {name: value}, "clicks_too": {"auc": 1.0}})
    assert chosen.best_step == best_step
    assert abs(chosen.best) == seen[best_step - 1]


def test_of_equal_steps_the_first_is_kept():
    chosen = selection("clicks/auc")
    for step in (1, 2):
        chosen.see(step, metrics(clicks=0.7))
    assert chosen.best_step == 1


def test_a_run_is_over_after_so_many_validations_without_a_new_best():
    chosen = selection("clicks/auc", patience=2)
    over = []
    for step, value in enumerate([0.6, 0.7, 0.65, 0.71, 0.7, 0.69, 0.9], start=1):
        chosen.see(step, metrics(clicks=value))
        over.append(chosen.is_over)
    assert over == [False, False, False, False, False, True, False]


def test_without_patience_a_run_is_never_over():
    chosen = selection("clicks/auc")
    for step in range(50):
        chosen.see(step, metrics(clicks=0.5))
    assert not chosen.is_over


def test_a_saved_selection_goes_on_as_if_it_had_not_been_interrupted():
    seen = [metrics(clicks=0.6, stars=2.0), metrics(clicks=0.5, stars=1.9), metrics(clicks=0.4, stars=2.5)]
    whole, first = selection(patience=2), selection(patience=2)
    for step, each in enumerate(seen):
        whole.see(step, each)
    first.see(0, seen[0])
    first.see(1, seen[1])
    second = selection(patience=2)
    second.load_state(json.loads(json.dumps(first.state())))
    second.see(2, seen[2])
    assert second.state() == whole.state()
    assert second.is_over == whole.is_over


@pytest.mark.parametrize(
    ("monitor", "says"),
    [
        ("sales/auc", "names task 'sales'; the run has clicks, stars, basket"),
        ("clicks/rmse", "metric 'rmse'; task clicks has .*auc"),
        ("clicks/aux", "metric 'aux'; task clicks has .*auc"),
    ],
)
def test_a_monitor_that_the_run_lacks_is_refused(monitor, says):
    with pytest.raises(SettingError, match=says):
        selection(monitor)
