"""`transfer` over runs with given numbers."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.home import Home
from mtrec_core.store.store import Store
from tests.study_runs import keep_run

runner = CliRunner()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def store(home):
    with Store.open(home.database_url) as opened:
        yield opened


def fill(store, home):
    """Two seeds of two tasks, alone and together; click gains .2 of .5, stars lose .5 of 1."""
    for seed in (0, 1):
        keep_run(store, home, {"click": 0.5 + seed / 100}, seed=seed)
        keep_run(store, home, {"stars": 1.0 + seed / 100}, seed=seed)
        keep_run(store, home, {"click": 0.7 + seed / 100, "stars": 1.5 + seed / 100}, seed=seed)


def test_both_seeds_of_the_named_run_are_reported_with_delta_m(store, home):
    fill(store, home)
    told = runner.invoke(app, ["transfer", "last", "--json"])
    assert told.exit_code == 0, told.output
    (found,) = json.loads(told.stdout)["transfers"]
    click, stars = found["tasks"]["click"], found["tasks"]["stars"]
    assert found["seeds"] == [0, 1]
    assert click["gain"] == pytest.approx(0.2 / 0.505)
    assert stars["gain"] == pytest.approx(-0.5 / 1.005)
    assert (click["better"], stars["better"]) == (True, False)
    assert found["delta_m"]["value"] == pytest.approx((0.2 / 0.505 - 0.5 / 1.005) / 2)
    assert found["delta_m"]["low"] < found["delta_m"]["value"] < found["delta_m"]["high"] < 0
    assert len(found["delta_m"]["by_seed"]) == 2


def test_the_table_says_what_helps_and_what_hurts(store, home):
    fill(store, home)
    told = runner.invoke(app, ["transfer", "last"])
    lines = {line.split()[0]: line for line in told.stdout.splitlines() if line.strip()}
    assert "2 of 2" in lines["click"]
    assert lines["click"].split()[-1] == "helps"
    assert "0 of 2" in lines["stars"]
    assert lines["stars"].split()[-1] == "hurts"
    assert lines["Delta-m"].split()[-1] == "hurts"


def test_a_limit_of_steps_is_told_as_it_gives_a_task_alone_more_rows(store, home):
    fill(store, home)
    assert "steps" not in runner.invoke(app, ["transfer", "last"]).stdout
    limited = {"training.max_steps": 40}
    keep_run(store, home, {"click": 0.5}, settings=limited)
    keep_run(store, home, {"click": 0.7, "stars": 1.5}, settings=limited)
    told = runner.invoke(app, ["transfer", "last"]).stdout
    assert "All runs took at most 40 steps." in told


def test_a_task_without_a_model_of_its_own_is_named(store, home):
    keep_run(store, home, {"click": 0.5})
    keep_run(store, home, {"click": 0.7, "stars": 1.5})
    told = runner.invoke(app, ["transfer", "last"])
    assert "No single-task run yet of stars" in told.stdout


def test_without_single_task_runs_it_says_how_to_train_them(store, home):
    keep_run(store, home, {"click": 0.7, "stars": 1.5})
    told = runner.invoke(app, ["transfer", "last"])
    assert told.exit_code == 2
    assert "--single-task" in told.stderr


def test_a_run_of_one_task_is_no_joint_run(store, home):
    keep_run(store, home, {"click": 0.7})
    told = runner.invoke(app, ["transfer", "last"])
    assert told.exit_code == 2
    assert "trains click alone" in told.stderr
