"""Differences of runs with intervals from their folders."""

import numpy as np
import pyarrow as pa
import pytest

from mtrec_core.comparing.intervals import compare_metric, draws_or_why, keeps_draws, mean_draws, run_draws
from mtrec_core.config import RunConfig
from mtrec_core.errors import DataError
from mtrec_core.evaluation.predictions import predictions_table
from mtrec_core.evaluation.predictions_file import save_predictions

DATASET = """
name = "clicks"
[entity.user]
table = "users.csv"
key = "user"
[task.click]
kind = "binary"
table = "users.csv"
inputs = ["user"]
label = "click"
"""


@pytest.fixture
def tested_run(tmp_path, make_run):
    """A run whose predictions of 120 rows of 60 users lie in its folder; `noise` blurs them."""

    def make(number: int, noise: float, rows: int = 120, data: str = "aaaa"):
        (tmp_path / "dataset.toml").write_text(DATASET)
        (tmp_path / "users.csv").write_text("user,click\nu1,0\nu2,1\n")
        target = np.random.default_rng(0).random(rows) < 0.4
        blur = np.random.default_rng(number).normal(0, noise, rows)
        table = predictions_table(
            "click",
            "test",
            row=np.arange(rows),
            user=pa.array([f"u{row % 60}" for row in range(rows)]),
            item=pa.array(["i"] * rows),
            target=target,
            score=np.clip(0.3 + 0.4 * target + blur, 0, 1),
        )
        save_predictions(table, tmp_path / str(number) / "predictions.parquet")
        config = RunConfig(dataset=str(tmp_path))
        value = {"click": {"auc": 0.9 - noise}}
        return make_run(number, value, config=config, folder=tmp_path / str(number), data=data)

    return make


def test_draws_are_worked_out_once_and_kept(tested_run):
    run = tested_run(1, 0.2)
    assert not keeps_draws(run.folder)
    first = run_draws(run.folder, run.config["dataset"])
    assert keeps_draws(run.folder)
    (run.folder / "predictions.parquet").unlink()
    again = run_draws(run.folder, run.config["dataset"])
    assert again["click", "auc"].value == first["click", "auc"].value


def test_a_run_without_predictions_says_why_it_has_no_draws(tested_run):
    run = tested_run(1, 0.2)
    (run.folder / "predictions.parquet").unlink()
    with pytest.raises(DataError, match="has not finished its test"):
        run_draws(run.folder, run.config["dataset"])
    assert draws_or_why(run)[0] == {}
    assert "has not finished its test" in draws_or_why(run)[1]


def test_a_clear_difference_is_called_better_or_worse(tested_run):
    runs = [tested_run(1, 0.05), tested_run(2, 0.8)]
    draws = {run.id: draws_or_why(run)[0] for run in runs}
    found = compare_metric(runs[0], runs[1], draws, "click", "auc")
    assert found.better is True
    assert 0 < found.low < found.high
    assert found.value == pytest.approx(0.8 - 0.05)
    assert found.users == 60
    assert compare_metric(runs[1], runs[0], draws, "click", "auc").better is False


def test_a_run_against_itself_is_neither(tested_run):
    run = tested_run(1, 0.3)
    found = compare_metric(run, run, {run.id: draws_or_why(run)[0]}, "click", "auc")
    assert (found.value, found.low, found.high, found.better) == (0, 0, 0, None)


def test_without_an_interval_stands_the_reason(tested_run):
    one, other, longer = tested_run(1, 0.1), tested_run(2, 0.2, data="bbbb"), tested_run(3, 0.2, rows=119)
    draws = {run.id: draws_or_why(run)[0] for run in (one, other, longer)}
    assert compare_metric(one, other, draws, "click", "auc").why_not == "the data differ"
    assert compare_metric(one, longer, draws, "click", "auc").why_not == "the test rows differ"
    assert compare_metric(one, longer, {}, "click", "auc").why_not == "no predictions kept to draw from"
    assert compare_metric(one, longer, draws, "click", "rmse").why_not == "no test results"
    assert compare_metric(one, longer, draws, "click", "auc").value == pytest.approx(0.2 - 0.1)


def test_the_mean_over_seeds_needs_every_member(tested_run):
    runs = [tested_run(1, 0.1), tested_run(2, 0.3)]
    draws = {run.id: draws_or_why(run)[0] for run in runs}
    a, b = (draws[run.id]["click", "auc"] for run in runs)
    assert mean_draws(runs, draws, "click", "auc").value == (a.value + b.value) / 2
    assert mean_draws(runs, {"run1": draws["run1"]}, "click", "auc") is None
