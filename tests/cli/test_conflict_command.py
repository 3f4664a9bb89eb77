"""`conflict` on recorded curves."""

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
def run(home):
    """A run that compared two tasks four times."""
    with Store.open(home.database_url) as store:
        made = keep_run(store, home, {"buy": 0.5, "click": 0.6})
        with store.writer(made.id) as writer:
            for step, cosine in enumerate((-0.5, 0.1, -0.3, -0.1)):
                for name, value in (
                    ("cosine:click", cosine),
                    ("part_cosine:tower of item:click", cosine / 2),
                    ("part_cosine:sharing:click", 0.5),
                ):
                    writer.add(name, value, step=step, task="buy", split="train", epoch=0.0, seconds=0.0)
            writer.add("gradient_norm", 2.0, step=0, task="buy", split="train", epoch=0.0, seconds=0.0)
    return made


def test_pairs_and_parts_are_told_with_how_often_they_conflict(run):
    told = runner.invoke(app, ["conflict", run.id])
    assert told.exit_code == 0, told.output
    assert "buy · click" in told.output
    assert "75%" in told.output  # three steps of four
    lines = [line for line in told.output.splitlines() if line.startswith(("all that", "tower", "sharing"))]
    assert [line.split("  ")[0] for line in lines] == ["all that is shared", "tower of item", "sharing"]


def test_the_same_for_machines(run):
    found = json.loads(runner.invoke(app, ["conflict", run.id, "--json"]).output)
    (pair,) = [pair for pair in found["pairs"] if not pair["part"]]
    assert (pair["task"], pair["other"], pair["share"], pair["comparisons"]) == ("buy", "click", 0.75, 4)
    assert pair["latest"] == pair["mean"] == pytest.approx((-0.5 + 0.1 - 0.3 - 0.1) / 4)
    assert found["lengths"] == {"buy": 2.0}
    assert {part["part"]: part["share_below_0"] for part in found["parts"]} == {
        "": 0.75,
        "tower of item": 0.75,
        "sharing": 0.0,
    }


def test_a_run_that_compared_nothing_is_told_how_to(home):
    with Store.open(home.database_url) as store:
        made = keep_run(store, home, {"buy": 0.5, "click": 0.6})
    told = runner.invoke(app, ["conflict", made.id])
    assert told.exit_code == 2
    assert "objective.gradients_every" in told.output
