"""`fuse` over runs that were written by hand."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.config import RunConfig, with_setting
from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store
from tests.fusable_runs import keep_dataset, keep_fusable

runner = CliRunner()


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Adds a completed run whose scores err by `noise`; gives its id."""
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    home, folder = Home.from_environment(), keep_dataset(tmp_path / "clicks")

    def add_run(noise, *, fingerprint="same", split_seed=0):
        config = with_setting(RunConfig(dataset=str(folder)), "data.split_seed", split_seed)
        with Store.open(home.database_url) as store:
            record = store.add_dataset(name="clicks", folder=folder, fingerprint=fingerprint)
            run = store.add_run(
                dataset=record,
                config=config.to_json(),
                config_fingerprint=config.fingerprint(),
                runs_folder=home.runs,
                state=RunState.STARTING,
            )
            store.change_state(run.id, RunState.RUNNING)
            test = {"ad_click": ("binary", "auc", 0.8), "age": ("regression", "rmse", 5.0)}
            tasks = {
                name: {
                    "kind": kind,
                    "headline": metric,
                    "before": {},
                    "baselines": {},
                    "test": {metric: value},
                }
                for name, (kind, metric, value) in test.items()
            }
            store.set_result(run.id, {"tasks": tasks})
            store.change_state(run.id, RunState.COMPLETED)
            keep_fusable(run.folder, run.number, noise)
            return run.id

    return add_run


def told(*arguments):
    result = runner.invoke(app, ["fuse", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments):
    result = runner.invoke(app, ["fuse", *arguments])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def test_as_json_it_holds_weights_both_splits_and_the_interval(add):
    first, second = add(1.0), add(1.0)
    found = json.loads(told(first, second, "--task", "ad_click", "--json"))
    assert (found["task"], found["metric"], found["weighing"]) == ("ad_click", "auc", "learned")
    assert set(found["weights"]) == {first, second}
    assert sum(found["weights"].values()) == pytest.approx(1)
    assert found["best"] in (first, second)
    assert found["difference"] == pytest.approx(
        found["test"]["fused"] - found["test"]["sources"][found["best"]]
    )
    assert found["low"] < found["difference"] < found["high"]
    assert found["verdict"] == "better"


def test_a_table_has_a_row_per_run_and_one_for_the_fusion_and_says_the_difference(add):
    first, second = add(1.0), add(2.0)
    lines = told(first, second, "--task", "age", "--weights", "equal").splitlines()
    assert lines[0] == "age, rmse ↓"
    assert lines[2].split()[:2] == [first, "0.500"]
    assert lines[3].split()[:2] == [second, "0.500"]
    assert lines[4].split()[0] == "fused"
    assert f"against {first}, the best on validation; 95 % interval" in lines[5]


def test_weights_are_given_by_the_beginning_of_an_id_or_last(add):
    first, second = add(1.0), add(1.0)
    found = json.loads(told(first, second, "--task", "age", "--weights", f"{first[:5]}=3,last=1", "--json"))
    assert found["weights"] == {first: 0.75, second: 0.25}
    assert found["weighing"] == "given"


def test_runs_of_other_data_or_splits_are_refused_with_the_reason(add):
    first = add(1.0)
    assert "they saw different data" in refused(first, add(1.0, fingerprint="other"), "--task", "age")
    assert "data.split_seed is 0 and 4" in refused(first, add(1.0, split_seed=4), "--task", "age")


def test_what_is_missing_or_too_much_is_said(add):
    first, second = add(1.0), add(1.0)
    assert "Say for which --task; these runs share ad_click, age" in refused(first, second)
    assert "only " + first in refused(first, "--task", "age")
    assert "--value is for the tasks of one run" in refused(
        first, second, "--task", "age", "--value", "price"
    )
    assert "known here: equal, validation, volume, learned" in refused(
        first, second, "--task", "age", "--weights", "best"
    )


def test_its_help_teaches_with_examples():
    text = runner.invoke(app, ["fuse", "--help"]).stdout
    assert "python -m mtrec_core fuse k3rq9t m2xw7d --task ad_click" in text
    assert "best on validation" in " ".join(text.split())
