"""`predict`, `recommend` and `answer` with a model that was trained on a small shop."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.cli.try_commands import _safe

runner = CliRunner()
pytestmark = pytest.mark.slow

DECLARATION = """
name = "tiny"
[settings]
"model.width" = 16
"training.threads" = 1
"training.epochs" = 3
"training.batch_size" = 64
"evaluation.baselines" = false
[entity.user]
table = "users.csv"
key = "user_id"
categorical = ["city"]
history = { table = "purchases.csv", item = "item_id", time = "time" }
[entity.item]
table = "items.csv"
key = "item_id"
text = "{title}"
[entity.question]
text = "{question}"
[entity.answer]
table = "answers.csv"
key = "answer_id"
text = "{answer}"
[task.purchase]
kind = "retrieval"
table = "purchases.csv"
inputs = ["user", "item"]
time = "time"
[task.returned]
kind = "binary"
table = "purchases.csv"
inputs = ["user", "item"]
label = "returned"
time = "time"
[task.service]
kind = "retrieval"
table = "questions.csv"
inputs = ["question", "answer"]
split = { kind = "random", validation = 0.2, test = 0.2 }
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A program folder with one completed run on 30 users, 12 items and 3 answers."""
    folder = tmp_path_factory.mktemp("tiny")
    draw = np.random.default_rng(0)
    write = lambda name, table: pd.DataFrame(table).to_csv(folder / name, index=False)  # noqa: E731
    write("users.csv", {"user_id": [f"u{n}" for n in range(30)], "city": [f"c{n % 3}" for n in range(30)]})
    kinds = ("wool scarf", "garden hose", "desk lamp")
    items = {"item_id": [f"i{n}" for n in range(12)], "title": [f"{kinds[n % 3]} {n}" for n in range(12)]}
    write("items.csv", items)
    users = draw.integers(0, 30, 400)
    bought = {
        "user_id": [f"u{n}" for n in users],
        "item_id": [f"i{n % 3 + 3 * k}" for n, k in zip(users, draw.integers(0, 4, 400), strict=True)],
        "time": range(400),
        "returned": [int(n % 3 == 0) for n in users],
    }
    write("purchases.csv", bought)
    write(
        "answers.csv",
        {"answer_id": ["a", "b", "c"], "answer": ["We send it back", "It is on its way", "Thank you"]},
    )
    asked = ("where is my parcel", "I want to return it", "you are great")
    questions = [f"{asked[n % 3]} number {n}" for n in range(90)]
    write("questions.csv", {"question": questions, "answer_id": ["bac"[n % 3] for n in range(90)]})
    (folder / "dataset.toml").write_text(DECLARATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTREC_HOME", str(folder / "home"))
        patch.delenv("MTREC_DB", raising=False)
        told = runner.invoke(app, ["train", str(folder)])
        assert told.exit_code == 0, told.output
        yield folder / "home"


def as_json(*arguments):
    told = runner.invoke(app, [*map(str, arguments), "--json"])
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_recommend_gives_items_with_the_score_of_each_task(home):
    found = as_json("recommend", "last", "--user", "u1", "-n", "3")
    assert len(found) == 3
    assert set(found[0]) == {"item", "score", "scores"}
    assert {"purchase", "returned"} <= set(found[0]["scores"])
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)


def test_recommend_shows_five_items_unless_told_otherwise(home):
    assert len(as_json("recommend", "last", "--user", "u1")) == 5


def test_recommend_takes_a_typed_history(home):
    assert len(as_json("recommend", "last", "--history", "i0, i3", "-n", "2")) == 2


def test_a_fusion_orders_by_its_own_score_and_says_how_good_it_is(home):
    told = runner.invoke(app, ["recommend", "last", "--user", "u1", "--fuse", "purchase=1,returned=1"])
    assert told.exit_code == 0, told.output
    assert "Fused by purchase 0.50, returned 0.50: ndcg@10" in told.stdout


@pytest.mark.parametrize("rule", ["equal", "validation", "volume"])
def test_a_fusion_may_be_a_rule(home, rule):
    assert as_json("recommend", "last", "--user", "u1", "--fuse", rule)


def test_the_table_of_recommendations_says_what_the_items_are(home):
    told = runner.invoke(app, ["recommend", "last", "--user", "u1", "-n", "1"])
    assert any(kind in told.stdout for kind in ("wool scarf", "garden hose", "desk lamp"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say for whom"),
        (["--user", "u1", "--history", "i0"], "give one of them"),
        (["--user", "nobody"], "nobody"),
        (["--history", "i99"], "i99"),
        (["--user", "u1", "--fuse", "purchase=x"], "NAME=NUMBER"),
        (["--user", "u1", "--fuse", "fair"], "fair"),
        (["--user", "u1", "--fuse", "clicks=1"], "clicks"),
        (["--query", "scarf"], "orders items by a text"),
    ],
)
def test_a_question_that_cannot_be_answered_is_a_sentence(home, arguments, words):
    told = runner.invoke(app, ["recommend", "last", *arguments])
    assert (told.exit_code, told.stdout) == (2, "")
    assert words in told.stderr


def test_answer_finds_a_template_with_its_probability(home):
    found = as_json("answer", "last", "where is my parcel?", "-n", "3")
    assert {one["answer"] for one in found} == {"a", "b", "c"}
    assert sum(one["score"] for one in found) == pytest.approx(1.0)
    assert (
        "It is on its way" in runner.invoke(app, ["answer", "last", "where is my parcel?", "-n", "3"]).stdout
    )


def test_an_empty_question_is_refused(home):
    assert runner.invoke(app, ["answer", "last", " "]).exit_code == 2


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("user_id,item_id,time\nu1,i0,500\nu2,i1,501\n")
    return path


def test_predict_prints_a_line_of_csv_per_row(home, rows):
    told = runner.invoke(app, ["predict", "last", str(rows), "--task", "returned"])
    lines = list(csv.DictReader(io.StringIO(told.stdout)))
    assert len(lines) == 2
    assert all(0 <= float(line["probability"]) <= 1 for line in lines)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".jsonl"])
def test_predict_writes_each_kind_of_file(home, rows, tmp_path, suffix):
    from mtrec_core.data.reading import read_table

    path = tmp_path / f"out{suffix}"
    told = runner.invoke(app, ["predict", "last", str(rows), "--task", "returned", "--output", str(path)])
    assert (told.exit_code, told.stdout) == (0, "")
    assert read_table(path).num_rows == 2


def test_predict_without_a_task_names_those_there_are(home, rows):
    told = runner.invoke(app, ["predict", "last", str(rows)])
    assert told.exit_code == 2
    assert "purchase, returned, service" in told.stderr


def test_predict_refuses_a_file_type_it_cannot_write_before_it_reads(home, rows):
    told = runner.invoke(app, ["predict", "last", str(rows), "--output", "out.docx"])
    assert told.exit_code == 2
    assert ".parquet" in told.stderr


def test_a_bundle_can_be_asked_by_its_folder(home):
    [bundle] = home.glob("runs/*/bundle")
    assert as_json("recommend", bundle, "--user", "u1", "-n", "1")


def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe():
    table = pd.DataFrame({"class": ["=1+1", "fine"], "value": [-1.5, 2.0]})
    assert _safe(table).to_csv(index=False) == "class,value\n'=1+1,-1.5\nfine,2.0\n"
