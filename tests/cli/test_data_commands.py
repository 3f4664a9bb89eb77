"""`import` and `check`: what they print, write and exit with."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.data.spec_file import load_dataset_spec

runner = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("MTREC_HOME", str(folder))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return folder


@pytest.fixture
def reviews(tmp_path):
    """A table of 60 reviews with a text and two labels."""
    words = ("warm and soft", "too small", "lovely colour", "came broken", "fits well")
    lines = [f"{number},{words[number % 5]} number {number},{number % 2}" for number in range(60)]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(["review_id,text,recommended", *lines]) + "\n")
    return path


@pytest.fixture
def one_class(tmp_path):
    """A dataset folder whose only task always has the same answer."""
    folder = tmp_path / "always"
    folder.mkdir()
    rows = "\n".join(f"some words {number},1" for number in range(50))
    (folder / "rows.csv").write_text(f"text,good\n{rows}\n")
    (folder / "dataset.toml").write_text(
        'name = "always"\n[entity.note]\ntext = "{text}"\n'
        '[task.good]\nkind = "binary"\ntable = "rows.csv"\ninputs = ["note"]\nlabel = "good"\n'
    )
    return folder


def test_import_writes_a_dataset_that_check_finds_by_its_name(reviews, home):
    told = runner.invoke(app, ["import", str(reviews), "--name", "mine"])
    assert told.exit_code == 0, told.output
    assert "recommended" in told.stdout
    assert load_dataset_spec(home / "datasets" / "mine").tasks["recommended"].kind == "binary"
    assert (home / "datasets" / "mine" / "reviews.csv").read_text() == reviews.read_text()
    assert runner.invoke(app, ["check", "mine"]).exit_code == 0


def test_import_in_place_copies_no_table(reviews, home):
    assert runner.invoke(app, ["import", str(reviews), "--name", "mine", "--in-place"]).exit_code == 0
    assert [path.name for path in (home / "datasets" / "mine").iterdir()] == ["dataset.toml"]
    assert load_dataset_spec(home / "datasets" / "mine").tables == reviews.parent


def test_import_as_json_holds_the_tasks_and_the_reasons(reviews):
    found = json.loads(runner.invoke(app, ["import", str(reviews), "--name", "mine", "--json"]).stdout)
    assert found["tasks"]["recommended"]["kind"] == "binary"
    assert any("'recommended'" in reason for reason in found["reasons"])


def test_a_name_that_is_taken_is_refused_and_the_first_dataset_stays(reviews, home):
    runner.invoke(app, ["import", str(reviews), "--name", "mine"])
    before = (home / "datasets" / "mine" / "dataset.toml").read_text()
    told = runner.invoke(app, ["import", str(reviews), "--name", "mine"])
    assert (told.exit_code, told.stdout) == (2, "")
    assert "choose another name" in told.stderr
    assert (home / "datasets" / "mine" / "dataset.toml").read_text() == before


def test_an_empty_file_is_a_sentence_and_leaves_nothing_behind(tmp_path, home):
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    told = runner.invoke(app, ["import", str(empty), "--name", "mine"])
    assert told.exit_code == 2
    assert told.stderr.startswith("Error: ")
    assert "empty.csv" in told.stderr
    assert not (home / "datasets" / "mine").exists()


def test_a_blocking_issue_ends_check_with_2_and_says_what_to_do(one_class):
    told = runner.invoke(app, ["check", str(one_class)])
    assert told.exit_code == 2
    assert "blocking: " in told.stdout
    assert "mend: " in told.stdout
    assert "Ready" not in told.stdout


def test_check_as_json_lists_issues_with_their_place(one_class):
    found = json.loads(runner.invoke(app, ["check", str(one_class), "--json"]).stdout)
    assert found["blocked"] is True
    assert found["profile"] is None
    blocking = [issue for issue in found["issues"] if issue["level"] == "blocking"]
    assert blocking[0]["task"] == "good"


def test_check_as_json_of_a_good_dataset_holds_its_numbers(reviews):
    runner.invoke(app, ["import", str(reviews), "--name", "mine"])
    found = json.loads(runner.invoke(app, ["check", "mine", "--json"]).stdout)
    assert found["blocked"] is False
    assert found["profile"]["tasks"][0]["rows"] == 60


def test_check_prints_how_the_rows_of_each_task_are_split(reviews):
    runner.invoke(app, ["import", str(reviews), "--name", "mine"])
    told = runner.invoke(app, ["check", "mine"])
    assert "train  validation  test  split" in " ".join(told.stdout.split("\n")).replace("   ", "  ")


def test_a_name_near_an_imported_dataset_is_suggested(reviews):
    runner.invoke(app, ["import", str(reviews), "--name", "reviews"])
    told = runner.invoke(app, ["check", "revews"])
    assert told.exit_code == 2
    assert "Did you mean reviews?" in told.stderr


def test_a_table_in_place_of_a_dataset_is_told_how_to_become_one(reviews):
    told = runner.invoke(app, ["check", str(reviews)])
    assert told.exit_code == 2
    assert f"import {reviews} --name reviews" in told.stderr


def test_a_folder_without_a_declaration_is_told_what_it_lacks(tmp_path):
    told = runner.invoke(app, ["check", str(tmp_path)])
    assert told.exit_code == 2
    assert "holds no dataset.toml" in told.stderr
