"""`affinity` on a data set of 120 short notes: it trains what is missing, once."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.home import Home
from mtrec_core.store.states import RunRole
from mtrec_core.store.store import Store
from tests.cli.test_train_command import DECLARATION

runner = CliRunner()
SHORT = ["--set", "training.max_steps=3"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    lines = [
        f'"{("soft wool", "broken")[number % 2]} {number}",{1 - number % 2},{number % 5}'
        for number in range(120)
    ]
    (folder / "notes.csv").write_text("\n".join(["text,good,stars", *lines]) + "\n")
    (folder / "dataset.toml").write_text(DECLARATION)
    return str(folder)


@pytest.mark.slow
def test_each_subset_is_trained_once_and_the_numbers_are_those_of_the_runs(home, notes):
    told = runner.invoke(app, ["affinity", notes, *SHORT, "--plan", "--json"])
    assert json.loads(told.stdout)["runs_missing"] == 3
    told = runner.invoke(app, ["affinity", notes, *SHORT, "--json"])
    assert told.exit_code == 0, told.output
    assert "3 runs: 0 there already, 3 to train." in told.stderr
    found = json.loads(told.stdout)
    with Store.open(home.database_url) as store:
        runs = {run.name: run for run in store.list_runs()}
        (experiment,) = store.list_experiments()
    assert {run.experiment_id for run in runs.values()} == {experiment.id}
    assert experiment.kind == "affinity"
    assert runs["notes: stars"].role is RunRole.SINGLE_TASK
    together, alone = (
        runs[name].result["tasks"]["stars"]["test"]["rmse"] for name in ("notes: good+stars", "notes: stars")
    )
    gain = (alone - together) / alone
    assert found["gains"]["good"]["stars"]["value"] == pytest.approx(gain)
    assert found["gains"]["good"]["stars"]["low"] <= gain <= found["gains"]["good"]["stars"]["high"]
    # With two tasks the only share is the whole gain.
    assert found["shapley"]["stars"]["shares"]["good"]["value"] == pytest.approx(gain)
    assert found["shapley"]["stars"]["whole"] == pytest.approx(gain)
    told = runner.invoke(app, ["affinity", notes, *SHORT])
    assert "3 runs: 3 there already, 0 to train." in told.stderr
    assert "Division into groups, chosen on validation" in told.stdout
    with Store.open(home.database_url) as store:
        assert len(store.list_runs()) == 3
    told = runner.invoke(app, ["transfer", runs["notes: good+stars"].id, "--json"])
    (transfer,) = json.loads(told.stdout)["transfers"]
    assert transfer["tasks"]["stars"]["gain"] == pytest.approx(gain)


def test_one_task_has_no_affinity(home, notes):
    told = runner.invoke(app, ["affinity", notes, "--tasks", "good"])
    assert told.exit_code == 2
    assert "two or more" in told.stderr


def test_a_plan_before_any_run_trains_nothing(home, notes):
    told = runner.invoke(app, ["affinity", notes, "--seeds", "2", "--plan"])
    assert "6 runs: 0 there already, 6 to train." in told.stderr
    assert "No run of the study is completed yet." in told.stderr
    with Store.open(home.database_url) as store:
        assert store.list_runs() == []
