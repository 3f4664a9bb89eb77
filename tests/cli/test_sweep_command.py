"""`sweep` on a data set of 120 short notes."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.home import Home
from mtrec_core.store.store import Store
from tests.cli.test_train_command import DECLARATION

runner = CliRunner()
SHORT = ["--points", "2", "--set", "training.max_steps=3"]


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
        f'"{("wool", "broken")[number % 2]} {number}",{1 - number % 2},{number % 5}' for number in range(120)
    ]
    (folder / "notes.csv").write_text("\n".join(["text,good,stars", *lines]) + "\n")
    (folder / "dataset.toml").write_text(DECLARATION)
    return str(folder)


@pytest.mark.slow
def test_each_point_is_trained_once_and_the_front_is_that_of_the_runs(home, notes):
    told = runner.invoke(app, ["sweep", notes, *SHORT, "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert [point["weights"] for point in found["points"]] == [
        {"good": 0.666667, "stars": 1.333333}, {"good": 1.333333, "stars": 0.666667},
    ]  # fmt: skip
    with Store.open(home.database_url) as store:
        runs = {run.id: run for run in store.list_runs()}
        assert [known.kind for known in store.list_experiments()] == ["sweep"]
    for point in found["points"]:
        (run,) = point["runs"]
        assert runs[run].config["weights"] == point["weights"]
        for split in ("validation", "test"):
            assert point[split]["good"]["mean"] == runs[run].result["tasks"]["good"][split]["auc"]
    assert any(point["on_front"] for point in found["points"])
    assert found["knee"] is None, "two points have no knee"
    told = runner.invoke(app, ["sweep", notes, *SHORT])
    assert "2 runs: 2 there already, 0 to train." in told.stderr
    assert "No knee" in told.stdout


def test_a_plan_says_how_many_runs_there_are_and_trains_none(home, notes):
    told = runner.invoke(app, ["sweep", notes, "--points", "4", "--seeds", "2", "--plan"])
    assert told.exit_code == 0
    assert "8 runs: 0 there already, 8 to train." in told.stderr
    with Store.open(home.database_url) as store:
        assert store.list_runs() == []


def test_one_task_cannot_be_traded(home, notes):
    told = runner.invoke(app, ["sweep", notes, "--tasks", "good"])
    assert told.exit_code == 2
    assert "two or more" in told.stderr
