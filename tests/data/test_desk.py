"""The Data page's questions are answered by a process of its own, bad data included."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtrec_core.data.desk import examine, facts, guess, main
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.data.table_facts import TableFacts, find_facts

ROWS = 300
EVENTS = "uid,sku,event,ts\n" + "".join(
    f"u{n % 25},i{(n * 7) % 40},{('view', 'cart', 'purchase')[n % 3]},{1_700_000_000 + n * 60}\n"
    for n in range(ROWS)
)


@pytest.fixture
def events(tmp_path) -> Path:
    (tmp_path / "events.csv").write_text(EVENTS)
    return tmp_path


def test_a_guess_is_written_with_its_reasons_and_the_facts_of_each_column(events):
    answer = guess(events, "mine", [events / "events.csv"])
    assert answer["problem"] == ""
    spec = load_dataset_spec(events)
    # An event column becomes a task per kind of event.
    assert list(spec.tasks) == ["view", "cart", "purchase"]
    assert spec.tasks["cart"].where == {"event": ("cart",)}
    assert any("cart" in note for note in answer["notes"])
    [table] = [TableFacts.from_json(item) for item in answer["facts"]]
    assert (table.file, table.rows, table.names) == ("events.csv", ROWS, ("uid", "sku", "event", "ts"))
    assert table.columns[2].values == ("view", "cart", "purchase")
    assert table.columns[0].distinct == 25
    assert table.columns[0].values == tuple(f"u{n}" for n in range(25))
    assert TableFacts.from_json(table.to_json()) == table


def test_a_column_with_gaps_says_how_many_of_its_cells_are_empty(tmp_path):
    rows = "".join(f"a fine thing number {n},{'' if n % 4 == 0 else n % 2}\n" for n in range(40))
    (tmp_path / "t.csv").write_text("text,label\n" + rows)
    [table] = guess(tmp_path, "t", [tmp_path / "t.csv"])["facts"]
    assert table["columns"][1]["missing"] == pytest.approx(10 / 40)


def test_tables_without_anything_to_predict_still_show_their_columns(tmp_path):
    (tmp_path / "codes.csv").write_text("code\n" + "".join(f"{n:05d}x\n" for n in range(60)))
    answer = guess(tmp_path, "codes", [tmp_path / "codes.csv"])
    assert "Nothing to predict" in answer["problem"]
    assert answer["facts"][0]["rows"] == 60
    assert not (tmp_path / "dataset.toml").exists()


def test_facts_of_a_dataset_whose_table_is_gone_are_those_of_the_others(events):
    guess(events, "mine", [events / "events.csv"])
    assert [table["file"] for table in facts(events)["facts"]] == ["events.csv"]
    (events / "events.csv").unlink()
    assert facts(events) == {"facts": [], "problem": ""}


def test_an_examination_has_findings_and_numbers_and_none_of_the_latter_where_something_blocks(events):
    guess(events, "mine", [events / "events.csv"])
    found = examine(events)
    assert [task["name"] for task in found["profile"]["tasks"]] == ["view", "cart", "purchase"]
    assert {"level", "code", "task", "table", "column", "rows", "text", "fix", "examples"} == set(
        found["issues"][0]
    )
    (events / "events.csv").unlink()
    blocked = examine(events)
    assert blocked["profile"] is None
    assert blocked["issues"][0]["level"] == "blocking"


def test_the_process_answers_with_a_sentence_where_the_data_is_at_fault(tmp_path):
    (tmp_path / "bad.csv.gz").write_bytes(gzip.compress(EVENTS.encode())[:-9])
    main([str(tmp_path / "answer.json"), "guess", str(tmp_path), "bad", str(tmp_path / "bad.csv.gz")])
    assert "damaged gzip" in json.loads((tmp_path / "answer.json").read_text())["problem"]


def test_it_runs_as_a_module(events):
    answer = events / "answer.json"
    command = [sys.executable, "-m", "mtrec_core.data.desk", str(answer), "guess", str(events), "mine"]
    subprocess.run([*command, str(events / "events.csv")], check=True)
    content = json.loads(answer.read_text())
    assert find_facts([TableFacts.from_json(item) for item in content["facts"]], "events.csv") is not None
    assert find_facts([], "events.csv") is None
