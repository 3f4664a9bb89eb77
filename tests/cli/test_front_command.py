"""`front` with a real run on the tiny shop."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.evaluation.preference_front import load_preference_front
from mtrec_core.home import Home
from mtrec_core.store.store import Store
from tests.tiny_shop import SETTINGS

runner = CliRunner()
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory, dataset_folder, encoder_folder):
    """trained(weighting, tasks, weights) is the id of a short run; the home is that of this file's tests."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MTREC_HOME", str(tmp_path_factory.mktemp("home")))
    patch.delenv("MTREC_DB", raising=False)

    def train(weighting, tasks="stars,ad_click", weights=""):
        settings = SETTINGS | {
            "text.encoder": encoder_folder,
            "training.max_steps": 12,
            "objective.weighting": weighting,
            "evaluation.baselines": "false",
        }
        chosen = [part for pair in settings.items() for part in ("--set", "{}={}".format(*pair))]
        chosen += ["--weights", weights] if weights else []
        result = runner.invoke(app, ["train", str(dataset_folder), "--tasks", tasks, *chosen, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout.splitlines()[-1])

    yield train
    patch.undo()


def told(*arguments):
    result = runner.invoke(app, ["front", *arguments])
    assert result.exit_code == 0, result.output
    return result


def test_one_model_is_asked_for_a_grid_of_preferences_and_what_it_did_is_kept(trained):
    ended = trained("pbi", weights="stars=3,ad_click=1")
    found = json.loads(told(ended["run"], "--points", "3", "--json").stdout)
    assert [point["preference"]["stars"] for point in found["points"]] == [0.25, 0.5, 0.75]
    assert found["metrics"] == {"stars": "rmse", "ad_click": "auc"}
    # The run itself was judged at its own weights, three quarters for the stars.
    of_run = {task: ended["tasks"][task]["test"][name] for task, name in found["metrics"].items()}
    assert found["points"][2]["test"] == pytest.approx(of_run)
    assert found["points"][0]["test"] != found["points"][2]["test"]
    assert any(point["on_front"] for point in found["points"])
    home = Home.from_environment()
    with Store.open(home.database_url) as store:
        kept = load_preference_front(store.get_run(ended["run"]).folder)
    assert [point.preference["stars"] for point in kept.points] == [0.25, 0.5, 0.75]
    table = told("last", "--points", "2").stdout
    assert "0.33 / 0.67" in table
    assert "front" in table


@pytest.mark.parametrize(
    ("weighting", "tasks", "words"),
    [
        ("fixed", "stars,ad_click", "weighting=fixed, so its model reads no preference"),
        ("cosmos", "stars", "trains one task, so there is nothing to trade"),
    ],
)
def test_a_run_that_can_not_be_asked_is_told_in_a_sentence(trained, weighting, tasks, words):
    trained(weighting, tasks)
    result = runner.invoke(app, ["front", "last"])
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
