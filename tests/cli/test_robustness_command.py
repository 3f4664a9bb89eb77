"""`robustness` with two real runs on the tiny shop."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.evaluation.robustness import FILE
from mtrec_core.home import Home
from tests.tiny_shop import SETTINGS

runner = CliRunner()
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ids(tmp_path_factory, dataset_folder, encoder_folder):
    """A plain run and one that was trained with FGM; the home is that of the tests of this file."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MTREC_HOME", str(tmp_path_factory.mktemp("home")))
    patch.delenv("MTREC_DB", raising=False)
    found = []
    for adversary in ("none", "fgm"):
        settings = SETTINGS | {
            "text.encoder": encoder_folder,
            "training.max_steps": 8,
            "objective.adversary": adversary,
        }
        chosen = [part for pair in settings.items() for part in ("--set", "{}={}".format(*pair))]
        result = runner.invoke(
            app, ["train", str(dataset_folder), "--tasks", "tags,segment", *chosen, "--json"]
        )
        assert result.exit_code == 0, result.output
        found.append(json.loads(result.stdout.splitlines()[-1])["run"])
    yield found
    patch.undo()


def told(*arguments):
    result = runner.invoke(app, ["robustness", *arguments])
    assert result.exit_code == 0, result.output
    return result


def test_two_runs_stand_side_by_side_clean_and_attacked_with_intervals(ids):
    found = json.loads(told(*ids, "--json").stdout)
    assert list(found["runs"]) == ids
    tags = found["runs"][ids[0]]["tags"]
    assert tags["metric"] == "map"
    assert list(tags["values"])[:2] == ["clean", "typos=0.1"]
    (one,) = [
        pair for pair in found["differences"] if (pair["task"], pair["attack"]) == ("tags", "vectors=0.4")
    ]
    values = [found["runs"][run]["tags"]["values"]["vectors=0.4"] for run in ids]
    assert one["difference"] == pytest.approx(values[1] - values[0])
    assert one["low"] <= one["difference"] <= one["high"]
    assert one["better"] in (None, *ids)
    table = told(*ids).stdout
    assert "tags" in table
    assert "vectors=0.4" in table


def test_what_was_measured_is_kept_and_only_what_is_new_is_measured(ids):
    told(ids[0])
    path = Home.from_environment().runs / ids[0] / FILE
    before = path.read_text()
    assert "Measuring" not in told(ids[0], "--attack", "typos").output
    assert path.read_text() == before
    more = told(ids[0], "--attack", "drops=0.7", "--json")
    assert "Measuring" in more.output
    kept = json.loads(path.read_text())
    assert {"drops=0.7", "typos=0.1"} <= set(kept["tasks"]["tags"])
    assert kept["tasks"]["tags"]["typos=0.1"] == json.loads(before)["tasks"]["tags"]["typos=0.1"]


def test_synonyms_of_ones_own_take_the_place_of_the_list(ids, tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("word,synonym\nred,crimson\n", encoding="utf-8")
    arguments = (ids[1], "--attack", "synonyms", "--synonyms", str(path), "--json")
    values = json.loads(told(*arguments).stdout)["runs"][ids[1]]["tags"]["values"]
    assert set(values) == {"clean", "synonyms=1"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("last", "last"), "are the same run"),
        (("last", "--attack", "typo"), "Unknown attack typo"),
        (("last", "--synonyms", "none.csv"), "none.csv can't be read"),
    ],
)
def test_what_can_not_be_measured_is_said_in_a_sentence(ids, arguments, words):
    result = runner.invoke(app, ["robustness", *arguments])
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
