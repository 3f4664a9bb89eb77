"""How results are shown: numbers, spread, the table of a run."""

import json
import math

import pytest
from rich.console import Console

from mtrec_core.cli.output import (
    best_baseline,
    duration,
    metric_title,
    number,
    print_json,
    results_table,
    with_spread,
)


def result(test, *, headline="auc", kind="binary", before=0.5, baselines=None):
    """The JSON of a run with one task."""
    task = {
        "kind": kind,
        "headline": headline,
        "test": {headline: test},
        "before": {headline: before},
        "baselines": {name: {headline: value} for name, value in (baselines or {}).items()},
    }
    return {"run": "k3rq9t", "state": "completed", "tasks": {"task": task}}


def shown(results, width=80, titles=None):
    out = Console(width=width, color_system=None)
    with out.capture() as captured:
        out.print(results_table(results, titles or {}))
    return captured.get()


@pytest.mark.parametrize(
    ("value", "text"), [(0.05123, "0.0512"), (12.3, "12.3000"), (-0.5, "-0.5000"), (12345.6, "12345.6")]
)
def test_numbers_have_four_decimals_unless_they_are_large(value, text):
    assert number(value) == text


@pytest.mark.parametrize("value", [None, math.nan])
def test_a_number_that_is_not_there_is_a_dash(value):
    assert number(value) == "-"


def test_two_seeds_give_mean_and_sample_deviation():
    # mean (0.4 + 0.6) / 2 = 0.5; deviation sqrt((0.01 + 0.01) / (2 - 1)) = 0.1414
    assert with_spread([0.4, 0.6]) == "0.5000 ±0.1414"


def test_one_seed_has_no_spread():
    assert with_spread([0.4]) == "0.4000"


def test_a_metric_that_should_be_low_carries_an_arrow():
    assert metric_title("rmse") == "rmse ↓"
    assert metric_title("auc") == "auc"


def test_the_best_baseline_is_the_highest_or_for_errors_the_lowest():
    by_auc = result(0.9, baselines={"majority": 0.5, "tfidf_linear": 0.7})["tasks"]["task"]
    assert best_baseline(by_auc) == ("tfidf_linear", 0.7)
    by_error = result(0.9, headline="rmse", kind="regression", baselines={"mean": 1.2, "tfidf_linear": 1.0})
    assert best_baseline(by_error["tasks"]["task"]) == ("tfidf_linear", 1.0)


def test_a_task_without_baselines_has_no_best_one():
    assert best_baseline(result(0.9)["tasks"]["task"]) is None


def test_the_table_says_whether_the_model_is_ahead_of_its_baseline():
    assert "better" in shown([result(0.8, baselines={"tfidf_linear": 0.7})])
    assert "not better" in shown([result(0.6, baselines={"tfidf_linear": 0.7})])


def test_the_table_judges_errors_the_other_way_round():
    worse = result(1.5, headline="rmse", kind="regression", baselines={"mean": 1.2})
    assert "not better" in shown([worse])


def test_the_table_shows_the_spread_over_seeds():
    told = shown([result(0.4), result(0.6)])
    assert "test, 2 seeds" in told
    assert "0.5000 ±0.1414" in told


def test_the_table_of_long_titles_fits_in_80_columns_with_every_number_whole():
    told = shown(
        [result(0.8, baselines={"tfidf_linear": 0.7}), result(0.81)],
        titles={"task": "Customer service: the answer that fits the question of the customer"},
    )
    assert max(map(len, told.splitlines())) <= 80
    assert "tfidf_linear 0.7000" in told
    assert "0.8050 ±0.0071" in told


def test_json_writes_null_where_there_is_no_number(capsys):
    print_json({"a": math.nan, "b": [math.inf, 1.5]})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5]}


def test_json_is_one_line(capsys):
    print_json({"text": "two\nlines", "n": 1})
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (4.4, "4 s"), (185, "3 min 05 s"), (7620, "2 h 07 min")]
)
def test_durations_are_in_the_unit_that_people_use(seconds, text):
    assert duration(seconds) == text
