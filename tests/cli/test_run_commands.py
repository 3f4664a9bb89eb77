"""`runs` and `compare` over a store with runs that were written by hand."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.config import RunConfig, with_setting
from mtrec_core.evaluation.predictions_file import save_predictions
from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

runner = CliRunner()

DECLARATION = """
name = "notes"
[entity.note]
key = "note_id"
text = "{text}"
[task.good]
title = "Is it good"
kind = "binary"
table = "rows.csv"
inputs = ["note"]
label = "good"
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "dataset.toml").write_text(DECLARATION)
    return folder


@pytest.fixture
def add(home, dataset):
    """Adds a completed run whose scores are the labels plus noise; gives its record."""

    def add_run(noise, auc, *, fingerprint="same", users=200, epochs=8):
        config = with_setting(RunConfig(dataset=str(dataset), name="notes"), "training.epochs", epochs)
        with Store.open(home.database_url) as store:
            record = store.add_dataset(name="notes", folder=dataset, fingerprint=fingerprint)
            run = store.add_run(
                dataset=record,
                config=config.to_json(),
                config_fingerprint=config.fingerprint(),
                runs_folder=home.runs,
                name=config.name,
                state=RunState.STARTING,
            )
            store.change_state(run.id, RunState.RUNNING)
            task = {"kind": "binary", "headline": "auc", "before": {"auc": 0.5}, "baselines": {}}
            store.set_result(run.id, {"tasks": {"good": task | {"test": {"auc": auc, "log_loss": 0.4}}}})
            store.change_state(run.id, RunState.COMPLETED)
            save_predictions(predictions(noise, users), run.folder / "predictions.parquet")
            return store.get_run(run.id)

    return add_run


def predictions(noise, users):
    """Two rows per user, one good and one not; the score is the label plus noise."""
    generator = np.random.default_rng(7)
    target = np.tile([0.0, 1.0], users)
    score = target + noise * generator.normal(size=len(target))
    return pd.DataFrame(
        {
            "task": "good",
            "split": "test",
            "row": np.arange(len(target)),
            "user": np.repeat([f"u{number}" for number in range(users)], 2),
            "item": np.repeat([f"u{number}" for number in range(users)], 2),
            "target": target.astype("float32"),
            "score": (1 / (1 + np.exp(-score))).astype("float32"),
            "rank": np.int32(0),
            "rank_seen_kept": np.int32(0),
        }
    )


def test_runs_lists_the_newest_first_with_state_and_dataset(add):
    first, second = add(1.0, 0.7), add(1.0, 0.8)
    lines = runner.invoke(app, ["runs"]).stdout.splitlines()
    assert lines[1].split()[:6] == ["#2", second.id, "notes", "notes", "0", "completed"]
    assert lines[2].split()[:2] == ["#1", first.id]


def test_runs_says_below_the_list_why_a_run_failed(add, home):
    run = add(1.0, 0.7)
    with Store.open(home.database_url) as store:
        store.change_state(run.id, RunState.QUEUED)
        store.change_state(run.id, RunState.FAILED, "The training diverged; lower training.learning_rate.")
    told = runner.invoke(app, ["runs"]).stdout
    assert f"{run.id}: The training diverged; lower training.learning_rate." in told


def test_runs_as_json_holds_the_results(add):
    run = add(1.0, 0.7)
    found = json.loads(runner.invoke(app, ["runs", "--json"]).stdout)
    assert [entry["run"] for entry in found] == [run.id]
    assert found[0]["state"] == "completed"
    assert found[0]["tasks"]["good"]["test"]["auc"] == 0.7


def test_runs_of_another_dataset_are_left_out(add):
    add(1.0, 0.7)
    assert json.loads(runner.invoke(app, ["runs", "--dataset", "other", "--json"]).stdout) == []


def test_compare_calls_a_large_difference_clear(add):
    weak, strong = add(3.0, 0.6), add(0.3, 0.99)
    found = json.loads(runner.invoke(app, ["compare", weak.id, strong.id, "--json"]).stdout)
    difference = found["tasks"]["good"]["differences"][strong.id]
    assert difference["low"] > 0
    assert difference["better"] == strong.id
    assert difference["users"] == 200
    assert found["tasks"]["good"]["values"] == {weak.id: 0.6, strong.id: 0.99}


def test_compare_of_equal_predictions_may_be_chance(add):
    first, second = add(1.0, 0.7), add(1.0, 0.7)
    told = runner.invoke(app, ["compare", first.id, second.id]).stdout
    assert "+0.0000" in told
    assert "may be chance" in told


def test_compare_tells_which_settings_differ(add):
    first, second = add(1.0, 0.7, epochs=8), add(1.0, 0.7, epochs=3)
    found = json.loads(runner.invoke(app, ["compare", first.id, second.id, "--json"]).stdout)
    assert found["settings"] == {"training.epochs": {first.id: 8.0, second.id: 3.0}}


def test_compare_by_another_metric_takes_its_values(add):
    first, second = add(1.0, 0.7), add(1.0, 0.7)
    arguments = ["compare", first.id, second.id, "--metric", "log_loss", "--json"]
    assert json.loads(runner.invoke(app, arguments).stdout)["tasks"]["good"]["values"][first.id] == 0.4


def test_compare_by_an_unknown_metric_names_the_known_ones(add):
    first, second = add(1.0, 0.7), add(1.0, 0.7)
    told = runner.invoke(app, ["compare", first.id, second.id, "--metric", "acuracy"])
    assert told.exit_code == 2
    assert "known here: auc, log_loss" in told.stderr


def test_runs_on_other_data_are_shown_without_an_interval(add):
    first, second = add(1.0, 0.7), add(1.0, 0.8, fingerprint="other")
    found = json.loads(runner.invoke(app, ["compare", first.id, second.id, "--json"]).stdout)
    assert found["tasks"]["good"]["differences"][second.id] == {"why_not": "the data differ"}


def test_runs_judged_on_other_rows_are_shown_without_an_interval(add):
    first, second = add(1.0, 0.7), add(1.0, 0.8, users=150)
    found = json.loads(runner.invoke(app, ["compare", first.id, second.id, "--json"]).stdout)
    assert (
        "Both runs must use the same dataset" in found["tasks"]["good"]["differences"][second.id]["why_not"]
    )


def test_one_run_is_not_compared_with_itself(add):
    run = add(1.0, 0.7)
    told = runner.invoke(app, ["compare", run.id, run.id])
    assert told.exit_code == 2
    assert "two different runs" in told.stderr


def test_a_run_without_results_is_named_with_its_reason(add, home, dataset):
    done = add(1.0, 0.7)
    config = dataclasses.replace(RunConfig(dataset=str(dataset)), name="stopped")
    with Store.open(home.database_url) as store:
        stopped = store.add_run(
            dataset=store.list_datasets()[0],
            config=config.to_json(),
            config_fingerprint=config.fingerprint(),
            runs_folder=home.runs,
        )
        store.change_state(stopped.id, RunState.STOPPED, "Ctrl-C")
    told = runner.invoke(app, ["compare", done.id, stopped.id])
    assert told.exit_code == 2
    assert f"Run {stopped.id} is stopped (Ctrl-C)" in told.stderr


def test_an_unknown_run_is_answered_with_those_that_come_near(add):
    run = add(1.0, 0.7)
    told = runner.invoke(app, ["compare", run.id, "zzzzzz"])
    assert told.exit_code == 2
    assert run.id in told.stderr
