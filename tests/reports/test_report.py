"""The report: one file that needs no network."""

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.reports.compose import report
from mtrec_core.reports.html_parts import Section, page_html, section_html, table_html
from mtrec_core.store.store import Store
from mtrec_core.ui.charts.dots import Dot, dot_rows
from tests.synthetic_runs import fill


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def text(home):
    """A report about four runs, one of them failed, one with markup in its note."""
    ids = fill(home, runs=4, points=20)
    with Store.open(home.database_url) as store:
        store.annotate(ids[0], note="<img src=x onerror=alert(1)>")
        return report([store.get_run(run) for run in ids], store)


def outside(text: str) -> list[str]:
    """What a browser would fetch: addresses in attributes and style sheets, plotly's own source left out."""
    own = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    return re.findall(r"""<[a-z]+\s[^>]*(?:src|href)\s*=|url\(|@import""", own)


def test_the_file_asks_for_nothing_from_outside_and_forbids_it(text):
    assert outside(text) == []
    assert outside('<img src="http://x">') != []
    assert "default-src 'none'" in text


def test_plotly_stands_in_it_once(text):
    assert len(re.findall(r"plotly\.js v\d", text)) == 1


def test_each_chart_comes_in_both_shades_with_a_sentence_and_its_numbers(text):
    charts = re.findall(r'<div class="chart" id="(chart-\d+)" role="figure" aria-label="([^"]+)"', text)
    assert len(charts) >= 3
    for chart, says in charts:
        assert says
        assert {f'id="{chart}-light"' in text, f'id="{chart}-dark"' in text} == {True}


def test_it_says_configuration_data_versions_and_limits(text):
    for part in (
        "made-up",
        "&quot;batch_size&quot;",
        "MTRec Studio 0",
        "plotly 7",
        "Limits",
        "95 % confidence",
    ):
        assert part in text
    assert "#4 failed: The loss is not a number (made up)." in text


def test_what_people_wrote_is_no_markup(text):
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_no_runs_and_too_many_runs_are_refused():
    with pytest.raises(UserError, match="at least one run"):
        report([], None)
    with pytest.raises(UserError, match="up to 24 runs; 25"):
        report([None] * 25, None)


def test_a_label_cannot_end_the_element_that_holds_the_data():
    figure = dot_rows(
        [Dot(row="</script><b>", series="s", colour="#0072B2", value=1.0)], x_title="", zero=False, dark=False
    )
    html = section_html(Section(title="t", says="s", light=figure, dark=figure), 0)
    assert html.count("</script>") == 2
    assert "\\u003c/script>" in html


def test_numbers_stand_right_and_missing_ones_are_dashes():
    html = table_html(
        pd.DataFrame({"a_b": [0.12345, None], "name": ["<x>", "y"], "n": [3, 4], "ok": [True, False]})
    )
    assert "<th>a b</th>" in html
    assert '<td class="n">0.1235</td><td>&lt;x&gt;</td><td class="n">3</td>' in html
    assert '<td class="n">–</td>' in html


def test_of_a_long_table_evenly_chosen_rows_are_shown():
    html = table_html(pd.DataFrame({"n": range(1000)}), most=11)
    assert html.count("<tr>") == 1 + 11
    assert '<td class="n">0</td>' in html
    assert '<td class="n">999</td>' in html
    assert "11 of 1000 rows" in html


def test_the_title_of_the_page_is_escaped():
    assert "<title>&lt;x&gt;</title>" in page_html("<x>", [])


def test_the_command_writes_the_file_and_says_how_large_it_is(home, tmp_path):
    fill(home, runs=2, points=10)
    done = CliRunner().invoke(app, ["report", "last", "-o", str(tmp_path / "out.html")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "MiB" in done.stderr
    done = CliRunner().invoke(app, ["report", "last", "-o", str(tmp_path / "again.html"), "--json"])
    told = json.loads(done.stdout)
    assert told["bytes"] == (tmp_path / "again.html").stat().st_size
    assert len(told["runs"]) == 1
