"""`train` on a data set of 120 short notes: output, settings, seeds, stopping, resuming, failing."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.cli.train_command import planned_config, planned_runs
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import SettingError, UserError
from mtrec_core.home import Home
from mtrec_core.store.states import RunRole, RunState
from mtrec_core.store.store import Store
from tests.contracts.source_files import PROJECT

runner = CliRunner()

DECLARATION = """
name = "notes"
[settings]
"model.width" = 16
"training.threads" = 1
"training.epochs" = 2
"training.batch_size" = 64
[entity.note]
text = "{text}"
[task.good]
title = "Is it good"
kind = "binary"
table = "notes.csv"
inputs = ["note"]
label = "good"
split = { kind = "random", validation = 0.2, test = 0.2 }
[task.stars]
kind = "regression"
table = "notes.csv"
inputs = ["note"]
label = "stars"
split = { kind = "random", validation = 0.2, test = 0.2 }
"""
QUICK = ["--set", "evaluation.baselines=false"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def notes(tmp_path):
    """A dataset folder: good notes are long, and stars follow the number."""
    folder = tmp_path / "notes"
    folder.mkdir()
    kinds = ("soft wool, warm and lovely", "broken")
    lines = [f'"{kinds[number % 2]} {number}",{1 - number % 2},{number % 5}' for number in range(120)]
    (folder / "notes.csv").write_text("\n".join(["text,good,stars", *lines]) + "\n")
    (folder / "dataset.toml").write_text(DECLARATION)
    return folder


@pytest.fixture
def spec(notes):
    return load_dataset_spec(notes)


def start(*arguments, **variables):
    """The running process of `python -m mtrec_core train ARGUMENTS`."""
    return subprocess.Popen(
        [sys.executable, "-m", "mtrec_core", "train", *map(str, arguments)],
        cwd=PROJECT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process, words):
    """Reads standard error up to the line that holds the words."""
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"the process ended without saying {words!r}")


def test_the_datasets_settings_come_before_the_preset_and_the_preset_before_what_is_given(spec):
    config = planned_config(spec, "quick", "", ["training.epochs=1"], "", "")
    assert config.model.width == 64  # the preset, not the dataset's 16
    assert config.training.epochs == 1  # given, not the preset's 3
    assert config.training.batch_size == 64  # the dataset's


def test_weights_and_tasks_reach_the_configuration(spec):
    config = planned_config(spec, "", "good=0.5", [], "good", "first")
    assert (config.weights, config.tasks, config.name) == ({"good": 0.5}, ("good",), "first")


@pytest.mark.parametrize(
    ("weights", "settings", "tasks", "told"),
    [
        ("god=1", [], "", "Did you mean good?"),
        ("", ["training.epoch=3"], "", "Did you mean training.epochs?"),
        ("", ["training.epochs=many"], "", "training.epochs"),
        ("", [], "goood", "Did you mean good?"),
        ("good=-1", [], "", "0 or more"),
        ("good=0,stars=0", [], "", "nothing to train"),
    ],
)
def test_a_misspelt_or_impossible_wish_is_answered_before_anything_is_read(
    spec, weights, settings, tasks, told
):
    with pytest.raises(UserError, match=told.replace("?", r"\?")):
        planned_config(spec, "", weights, settings, tasks, "")


def test_an_unknown_preset_names_the_known_ones(spec):
    with pytest.raises(SettingError, match="fine_tune"):
        planned_config(spec, "fast", "", [], "", "")


def test_two_seeds_with_single_tasks_are_six_runs_and_each_seed_ends_with_the_joint_one(spec):
    config = planned_config(spec, "", "", [], "", "")
    planned = [(run.config.seed, run.task) for run in planned_runs(config, spec, 2, True)]
    assert planned == [(0, "good"), (0, "stars"), (0, None), (1, "good"), (1, "stars"), (1, None)]


def test_a_task_of_weight_0_gets_no_model_of_its_own(spec):
    config = planned_config(spec, "", "stars=0", [], "", "")
    assert [run.task for run in planned_runs(config, spec, 1, True)] == [None]


def test_resume_takes_no_other_option(home):
    told = runner.invoke(app, ["train", "--resume", "last", "--seeds", "2"])
    assert told.exit_code == 2
    assert "--resume goes on with a run as it was begun" in told.stderr


def test_train_without_a_dataset_shows_how_it_is_named(home):
    told = runner.invoke(app, ["train"])
    assert told.exit_code == 2
    assert "python -m mtrec_core train sample_data/shop" in told.stderr


@pytest.mark.slow
def test_the_last_line_of_json_holds_state_speed_and_the_numbers_of_every_task(home, notes):
    told = runner.invoke(app, ["train", str(notes), "--json"])
    assert told.exit_code == 0, told.output
    assert told.stdout.count("\n") == 1
    found = json.loads(told.stdout)
    assert (found["state"], set(found["tasks"])) == ("completed", {"good", "stars"})
    assert found["seconds"] > 0
    assert found["rows_per_second"] > 0
    task = found["tasks"]["good"]
    assert (task["kind"], task["headline"]) == ("binary", "auc")
    assert {"auc", "log_loss"} <= set(task["test"])
    assert "auc" in task["before"]
    assert all("auc" in metrics for metrics in task["baselines"].values())
    assert task["baselines"]


@pytest.mark.slow
def test_a_completed_run_is_in_the_store_with_points_result_and_files(home, notes):
    told = runner.invoke(app, ["train", str(notes), "--name", "first", *QUICK, "--json"])
    run_id = json.loads(told.stdout)["run"]
    with Store.open(home.database_url) as store:
        run = store.get_run("last")
        assert (run.id, run.name, run.state, run.role) == (run_id, "first", RunState.COMPLETED, RunRole.JOINT)
        states = [event.payload["to"] for event in store.events(run.id) if event.kind == "state"]
        assert states == ["starting", "running", "completed"]
        assert {point.name for point in store.points(run.id, task="good", split="train")} >= {"loss", "share"}
        assert run.result["tasks"] == json.loads(told.stdout)["tasks"]
    assert json.loads((run.folder / "config.json").read_text())["name"] == "first"
    assert (run.folder / "predictions.parquet").is_file()
    assert "Reading the tables" in (run.folder / "run.log").read_text()


@pytest.mark.slow
def test_the_table_shows_every_task_and_how_its_rows_were_split(home, notes):
    told = runner.invoke(app, ["train", str(notes)])
    assert told.exit_code == 0, told.output
    assert "Is it good" in told.stdout
    assert "rmse ↓" in told.stdout
    assert "How rows were split" in told.stdout
    assert "Training 2 tasks" in told.stderr


@pytest.mark.slow
def test_seeds_and_single_tasks_are_one_experiment_with_spread_and_gain(home, notes):
    told = runner.invoke(app, ["train", str(notes), "--seeds", "2", "--single-task", *QUICK, "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    values = found["seeds"]["test"]["good"]["auc"]
    assert set(values) == {"mean", "deviation"}
    assert len(set(found["seeds"]["runs"])) == 2
    assert [(run["task"], run["seed"]) for run in found["single_task"]] == [
        ("good", 0),
        ("stars", 0),
        ("good", 1),
        ("stars", 1),
    ]
    with Store.open(home.database_url) as store:
        runs = store.list_runs()
        assert len({run.experiment_id for run in runs}) == 1
        assert [run.role for run in runs].count(RunRole.SINGLE_TASK) == 4


@pytest.mark.slow
def test_a_run_that_fails_is_marked_failed_with_the_sentence_that_is_told(home, notes):
    rows = "\n".join(f"word {number},1,{number % 5}" for number in range(120))
    (notes / "notes.csv").write_text(f"text,good,stars\n{rows}\n")
    told = runner.invoke(app, ["train", str(notes)])
    assert told.exit_code == 2
    assert "the same label" in told.stderr
    with Store.open(home.database_url) as store:
        run = store.get_run("last")
    assert run.state is RunState.FAILED
    assert f"Error: {run.reason}" in told.stderr


@pytest.mark.slow
def test_a_full_disk_fails_the_run_with_a_sentence_and_keeps_its_checkpoint(home, notes, monkeypatch):
    from mtrec_core import pipeline

    def refuse(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pipeline, "save_predictions", refuse)
    told = runner.invoke(app, ["train", str(notes), *QUICK])
    assert told.exit_code == 1
    assert "Error: The disk is full" in told.stderr
    with Store.open(home.database_url) as store:
        run = store.get_run("last")
    assert (run.state, run.reason[:16]) == (RunState.FAILED, "The disk is full")
    assert f"--resume {run.id}" in run.reason
    monkeypatch.undo()
    monkeypatch.setenv("MTREC_HOME", str(home.root))
    assert runner.invoke(app, ["train", "--resume", run.id]).exit_code == 0


@pytest.mark.slow
def test_a_table_that_is_gone_is_a_sentence_and_no_run(home, notes):
    (notes / "notes.csv").unlink()
    told = runner.invoke(app, ["train", str(notes)])
    assert told.exit_code == 2
    assert "notes.csv" in told.stderr
    with Store.open(home.database_url) as store:
        assert store.list_runs() == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_training_stops_with_a_checkpoint_and_resume_goes_on_from_there(home, notes, number):
    process = start(notes, "--set", "training.epochs=4000", *QUICK)
    wait_for(process, "epoch 1")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert "Traceback" not in err
    with Store.open(home.database_url) as store:
        run = store.get_run("last")
    assert run.state is RunState.STOPPED
    assert "Stopped by hand" in run.reason
    assert f"train --resume {run.id}" in err
    [checkpoint] = (run.folder / "last").iterdir()
    steps = int(checkpoint.name.removeprefix("step-"))

    again = start("--resume", run.id, "--json")
    wait_for(again, "Training")
    wait_for(again, "validation")
    again.send_signal(signal.SIGINT)
    out, err = again.communicate(timeout=60)
    assert again.returncode == 1
    found = json.loads(out.splitlines()[-1])
    assert (found["run"], found["state"]) == (run.id, "stopped")
    assert found["steps"] > steps
    with Store.open(home.database_url) as store:
        curve = [point.step for point in store.points(run.id, task="good", split="train", names=["loss"])]
    assert curve == sorted(set(curve))


@pytest.mark.slow
def test_ctrl_c_before_training_ends_the_run_at_once_as_stopped(home, notes):
    process = start(notes)
    wait_for(process, "Reading the tables")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Error: Stopped before the end." in err
    assert "Traceback" not in err
    with Store.open(home.database_url) as store:
        assert store.get_run("last").state is RunState.STOPPED


@pytest.mark.slow
def test_a_killed_run_is_called_lost_and_can_be_resumed_to_its_end(home, notes):
    process = start(notes, "--set", "training.epochs=300", *QUICK)
    wait_for(process, "epoch 1")
    process.kill()
    process.communicate(timeout=60)
    listed = json.loads(runner.invoke(app, ["runs", "--json"]).stdout)
    assert listed[0]["state"] == "lost"
    told = runner.invoke(app, ["train", "--resume", "last", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["state"] == "completed"
    assert "auc" in found["tasks"]["good"]["before"]


@pytest.mark.slow
def test_a_completed_run_has_nothing_to_go_on_with(home, notes):
    runner.invoke(app, ["train", str(notes), *QUICK])
    told = runner.invoke(app, ["train", "--resume", "last"])
    assert told.exit_code == 2
    assert "is completed" in told.stderr


@pytest.mark.slow
def test_a_run_whose_data_changed_does_not_go_on(home, notes):
    process = start(notes, "--set", "training.epochs=4000", *QUICK)
    wait_for(process, "epoch 1")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    with (notes / "notes.csv").open("a") as table:
        table.write("one more,1,2\n")
    told = runner.invoke(app, ["train", "--resume", "last"])
    assert told.exit_code == 2
    assert "The data of run" in told.stderr
