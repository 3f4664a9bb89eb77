"""Alerts over a run's curves: each rule on a curve that asks for it, and silent on one that doesn't."""

from dataclasses import dataclass

import numpy as np
import pytest

from mtrec_core.evaluation.alerts import Headline, find_alerts

AUC = {"click": Headline(name="auc", higher_is_better=True)}
RMSE = {"price": Headline(name="rmse", higher_is_better=False)}


@dataclass(frozen=True)
class Line:
    steps: np.ndarray
    values: np.ndarray


def line(values, every: int = 1) -> Line:
    values = np.asarray(values, dtype=float)
    return Line(steps=np.arange(1, len(values) + 1) * every, values=values)


def falling(n: int = 100) -> Line:
    return line(np.linspace(2, 1, n))


def rules(curves, headlines=AUC, since_step: int = 0) -> list[str]:
    return [alert.rule for alert in find_alerts(curves, headlines, since_step)]


def test_a_run_that_learns_has_no_alerts():
    curves = {
        ("click", "train", "loss"): falling(),
        ("", "train", "total_loss"): falling(),
        ("click", "validation", "auc"): line([0.6, 0.7, 0.75, 0.78], every=25),
        ("", "validation", "monitor"): line([0.0, 0.1, 0.15, 0.2, 0.22, 0.24, 0.25], every=14),
    }
    assert rules(curves) == []


def test_a_run_without_points_has_no_alerts():
    assert rules({}) == []


def test_a_loss_that_is_not_a_number_is_an_error_at_its_first_step():
    values = np.linspace(2, 1, 60)
    values[41] = np.nan
    (alert,) = find_alerts({("click", "train", "loss"): line(values)}, AUC)
    assert (alert.rule, alert.level, alert.task, alert.step) == ("not_finite", "error", "click", 42)


def test_the_total_is_named_only_where_no_task_is():
    broken = line([1.0, np.inf])
    assert [alert.task for alert in find_alerts({("", "train", "total_loss"): broken}, AUC)] == [""]
    both = {("", "train", "total_loss"): broken, ("click", "train", "loss"): broken}
    assert [alert.task for alert in find_alerts(both, AUC)] == ["click"]


def test_a_missing_metric_is_not_an_error():
    # A headline is undefined where validation holds one class only.
    assert rules({("click", "validation", "auc"): line([np.nan, 0.6])}) == []


def test_a_loss_that_rises_for_good_diverges():
    values = np.concatenate([np.linspace(2, 1, 100), np.linspace(1, 4, 100)])
    (alert,) = find_alerts({("click", "train", "loss"): line(values)}, AUC)
    assert (alert.rule, alert.level) == ("diverges", "error")
    # Windows of 20 steps: the last one of the fall holds 1.19 .. 1, the first of the rise 1 .. 1.58.
    assert alert.step == 100
    assert alert.numbers["before"] == pytest.approx(1 + 9.5 / 99, abs=0.01)
    assert alert.numbers["now"] == pytest.approx(4 - 9.5 * 3 / 99, abs=0.01)


def test_a_single_high_step_does_not_diverge():
    values = np.linspace(2, 1, 100)
    values[-1] = 50
    assert rules({("click", "train", "loss"): line(values)}) == []


def test_noise_does_not_diverge():
    noise = np.random.default_rng(0)
    for seed in range(20):
        values = (0.5 + np.exp(-np.arange(400) / 60)) * noise.lognormal(0, 0.3, 400)
        assert rules({("click", "train", "loss"): line(values)}) == [], seed


def test_a_loss_of_few_rows_that_jumps_does_not_diverge_at_any_step():
    noise = np.random.default_rng(1)
    for seed in range(10):
        values = 0.2 + noise.gamma(2.0, 0.15, 400)  # the mean of a handful of rows
        for end in range(80, 400, 7):
            assert rules({("click", "train", "loss"): line(values[:end])}) == [], (seed, end)


def test_a_rise_out_of_the_noise_still_diverges():
    values = np.concatenate([np.linspace(2, 1, 100), np.linspace(1, 4, 100)])
    values = values + np.random.default_rng(2).normal(0, 0.3, 200)
    assert rules({("click", "train", "loss"): line(values)}) == ["diverges"]


def test_a_short_start_is_not_judged():
    assert rules({("click", "train", "loss"): line(np.linspace(1, 9, 79))}) == []


def test_five_validations_without_a_gain_are_a_plateau():
    monitor = line([0.0, 0.2, 0.2, 0.19, 0.2, 0.2, 0.2], every=10)
    (alert,) = find_alerts({("", "validation", "monitor"): monitor}, AUC)
    assert (alert.rule, alert.level, alert.step) == ("plateau", "info", 20)
    assert alert.numbers == {"validations": 5}


def test_a_late_gain_is_no_plateau():
    assert rules({("", "validation", "monitor"): line([0.0, 0.2, 0.2, 0.19, 0.2, 0.2, 0.21])}) == []


@pytest.mark.parametrize("short", [[], [0.1], [0.1, 0.1, 0.1, 0.1, 0.1]])
def test_few_validations_are_no_plateau(short):
    assert rules({("", "validation", "monitor"): line(short)}) == []


def test_a_task_that_falls_while_the_total_falls_gets_worse():
    curves = {
        ("", "train", "total_loss"): falling(),
        ("click", "validation", "auc"): line([0.6, 0.8, 0.77, 0.75], every=25),
    }
    (alert,) = find_alerts(curves, AUC)
    assert (alert.rule, alert.level, alert.task, alert.step) == ("task_worse", "warning", "click", 50)
    assert alert.numbers == {"before": 0.8, "now": 0.75}


def test_a_metric_of_which_less_is_better_gets_worse_by_rising():
    total = {("", "train", "total_loss"): falling()}
    rises = {("price", "validation", "rmse"): line([3.0, 2.0, 2.2, 2.4], every=25)}
    falls = {("price", "validation", "rmse"): line([3.0, 2.0, 1.9, 1.8], every=25)}
    assert rules(total | rises, RMSE) == ["task_worse"]
    assert rules(total | falls, RMSE) == []


def test_a_small_fall_is_chance():
    # 0.8 to 0.79 is 1.25 %, less than the 2 % that count.
    curves = {
        ("", "train", "total_loss"): falling(),
        ("click", "validation", "auc"): line([0.6, 0.8, 0.795, 0.79], every=25),
    }
    assert rules(curves) == []


def test_a_task_that_falls_with_everything_else_is_no_trade():
    curves = {
        ("", "train", "total_loss"): line(np.linspace(1, 1.2, 100)),
        ("click", "validation", "auc"): line([0.6, 0.8, 0.77, 0.75], every=25),
    }
    assert rules(curves) == []


def test_what_was_before_other_weights_does_not_count():
    curves = {
        ("", "train", "total_loss"): falling(),
        ("click", "validation", "auc"): line([0.6, 0.8, 0.77, 0.75], every=25),
    }
    assert rules(curves, since_step=60) == []


def test_errors_come_first():
    spoilt = np.linspace(2, 1, 100)
    spoilt[50] = np.nan
    curves = {
        ("", "validation", "monitor"): line([0.2] * 7),
        ("click", "train", "loss"): line(spoilt),
    }
    assert rules(curves) == ["not_finite", "plateau"]
