"""The recipe benchmark, whole but tiny."""

import sys

import pytest

from benchmarks import recipe
from benchmarks.recipe_record import RecipeRecord, summary_rows
from benchmarks.records import read_record, write_record
from mtrec_core.errors import UserError
from tests.benchmarks.made_up import recipe_record


@pytest.mark.slow
def test_both_sides_are_measured_in_turns_and_recorded(tmp_path, monkeypatch, capsys):
    path = tmp_path / "recipe.json"
    options = ["--quick", "--rounds", "2", "--threads", "1", "--tasks", "high_value,service", "--breakdown"]
    monkeypatch.setattr(sys, "argv", ["recipe", *options, "--output", str(path)])
    recipe.main()
    told = capsys.readouterr()
    order = [line.partition(": ")[2] for line in told.err.splitlines() if line.startswith("Round")]
    assert order == ["a classifier per task", "one model for all tasks"] * 2
    assert "Ratio of the times" in told.out
    assert "where the time goes" in told.out

    text = path.read_text()
    assert str(tmp_path) not in text
    record = RecipeRecord.from_json(read_record(path))
    assert set(record.tasks) == {"high_value", "service"}
    for one in record.rounds:
        for side in (one.classic, one.ours):
            assert side.seconds > 0
            assert sum(side.stages.values()) <= side.seconds * 1.02
            assert set(side.metrics) == set(record.tasks)
            assert all(0 <= value <= 1 for value in side.metrics.values())
        # Epochs are whole: 80 rows of each task, as often as its classifier was trained.
        assert one.classic.train_rows == sum(80 * epochs for epochs in one.classic.epochs.values())
    # The cache is fresh in each round: the same texts are read again.
    assert record.rounds[0].ours.texts_read == record.rounds[1].ours.texts_read > 0


def test_a_record_comes_back_as_it_was_written(tmp_path):
    write_record(recipe_record().to_json(), tmp_path / "recipe.json")
    assert RecipeRecord.from_json(read_record(tmp_path / "recipe.json")) == recipe_record()


def test_rows_per_second_are_counted_over_the_whole_time():
    rows = {cells[0]: cells[1:] for cells in summary_rows(recipe_record())}
    # Classic: 100 rows in 300 s and in 500 s; the mean of 1/3 and 1/5 is 0.27. In training alone twice that.
    assert rows["rows per second, whole time"][0] == "0.3"
    assert rows["rows per second, steps alone"][0] == "0.5"


def test_sizes_below_one_are_refused(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["recipe", "--rows", "-1"])
    with pytest.raises(UserError, match="must be 1 or more"):
        recipe.read_options()


def test_the_place_of_the_record_is_no_part_of_the_command():
    given = ["--rounds", "3", "--output", "a/b.json", "--breakdown", "--output=c.json"]
    assert recipe.without_output(given) == ["--rounds", "3", "--breakdown"]
