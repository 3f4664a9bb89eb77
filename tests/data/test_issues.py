"""Issues: order, JSON and the CSV that an analyst opens in a spreadsheet."""

import csv
import io
import json

import pytest

from mtrec_core.data.issues import Issue, first_rows, issues_to_csv, safe_cell, shorten, sort_issues


def issue(level="warning", code="empty_text", **more):
    return Issue(level=level, code=code, text="3 texts are empty.", fix="Fill them.", **more)


def test_blocking_issues_come_first_and_the_rest_keeps_its_order():
    found = [issue("info", "a"), issue("warning", "b"), issue("blocking", "c"), issue("warning", "d")]
    assert [one.code for one in sort_issues(found)] == ["c", "b", "d", "a"]


def test_an_issue_goes_through_json():
    one = issue(rows=(1, 5), examples=("x",), table="items.csv", column="title", task="tags")
    assert json.loads(json.dumps(one.to_json())) == {
        "level": "warning",
        "code": "empty_text",
        "text": "3 texts are empty.",
        "fix": "Fill them.",
        "task": "tags",
        "table": "items.csv",
        "column": "title",
        "rows": [1, 5],
        "examples": ["x"],
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start):
    assert safe_cell(start + "1+1") == "'" + start + "1+1"


def test_an_ordinary_cell_stays_as_it_is():
    assert safe_cell("a=1, b-2") == "a=1, b-2"


def test_the_csv_reads_back_cell_by_cell():
    text = issues_to_csv([issue(rows=(2, 7), column="=cmd()", examples=("a, b", "c"))])
    header, line = csv.reader(io.StringIO(text))
    cells = dict(zip(header, line, strict=True))
    assert cells["column"] == "'=cmd()"
    assert cells["rows"] == "2 7"
    assert cells["examples"] == "a, b | c"
    assert cells["text"] == "3 texts are empty."


def test_only_the_first_ten_rows_are_named():
    assert first_rows(range(3, 1_000)) == (3, 4, 5, 6, 7, 8, 9, 10, 11, 12)


def test_examples_are_few_distinct_and_short():
    long = "word " * 40
    short = shorten(["a", "a", "b\n c", long, 1, 2, 3])
    assert short[:2] == ("a", "b c")
    assert len(short) == 5
    assert len(short[2]) == 80
    assert short[2].endswith("…")
