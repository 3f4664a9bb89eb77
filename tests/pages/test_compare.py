"""The Compare page."""

import json
import time
from collections.abc import Mapping

import pytest
from streamlit.testing.v1 import AppTest

from mtrec_core.home import Home
from mtrec_core.store.curve_names import COSINE
from mtrec_core.store.store import Store
from mtrec_core.ui import loaders
from tests import synthetic_runs
from tests.conftest import PROJECT
from tests.sliced_run import FAMILY, keep_sliced
from tests.synthetic_runs import fill

VIEWS = (
    *("curves", "results", "seeds", "transfer", "affinity", "before", "gradients", "tradeoff", "settings"),
    *("fusion", "slices", "robustness"),
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


def page(view: str = "", runs: str = "", more: Mapping[str, str | list[str]] | None = None) -> AppTest:
    """The page as a link opens it."""
    test = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120).switch_page("pages/4_Compare.py")
    for name, value in {"runs": runs, "view": view, **(more or {})}.items():
        if value:
            test.query_params[name] = value
    test.run()
    assert not test.exception
    assert [error.value for error in test.error] == []
    return test


def linked(test: AppTest, name: str) -> list[str]:
    """What the address holds; AppTest gives a single value without its list."""
    found = test.query_params[name]
    return [found] if isinstance(found, str) else list(found)


def texts(test: AppTest) -> str:
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.subheader]
    return "\n".join(str(part.value) for part in parts)


def test_without_runs_the_page_teaches_the_next_step(home):
    test = page()
    assert "No runs to compare yet" in texts(test)
    assert test.button(key="train_sample")


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_with_few_runs_and_a_failed_one(home, view):
    fill(home, runs=5, points=20)
    test = page(view, "1,2,3,4,5")
    assert test.dataframe[0].value["number"].tolist() == [5, 4, 3, 2, 1]


def test_a_run_without_predictions_is_compared_without_an_interval_and_says_why(home):
    fill(home, runs=3, points=20)
    test = page("results", "1,2,3")
    assert "there are no predictions in" in texts(test)
    table = test.dataframe[1].value
    assert set(table["verdict"]) == {"baseline", "no interval: no predictions kept to draw from"}
    auc = table[(table["task"] == "Ad click") & table["difference"].notna()]
    expected = (
        auc["value"] - table[(table["task"] == "Ad click") & (table["verdict"] == "baseline")]["value"].item()
    )
    assert auc["difference"].tolist() == pytest.approx(expected.tolist())


def test_what_many_runs_lack_stands_behind_one_line(home):
    fill(home, runs=7, points=5)
    test = page("results", "1,2,3,5,6,7")
    assert [more.label for more in test.expander if "notes" in more.label] == ["6 notes about runs"]
    (lines,) = [part.value for part in test.caption if "there are no predictions in" in part.value]
    assert lines.count("\n") == 5


def test_the_table_shows_change_against_the_run_that_was_chosen(home):
    fill(home, runs=3, points=20)
    test = page("curves", "1,2,3")
    rows = test.dataframe[0].value.set_index("number")
    assert rows["change"].isna().tolist() == [False, False, True]
    assert rows.loc[2, "change"] == pytest.approx(100 * (rows.loc[2, "test"] / rows.loc[1, "test"] - 1))
    assert len(rows.loc[1, "curve"]) == 20
    assert rows.loc[1, "line"].startswith("data:image/svg+xml")


def test_the_table_first_shows_a_metric_of_the_chosen_runs(home, monkeypatch):
    fill(home, runs=1, points=5)
    monkeypatch.setattr(synthetic_runs, "TASKS", {"other": ("binary", ("auc",))})
    fill(home, runs=1, points=5)
    for chosen, shown in (("1", {1: True, 2: False}), ("2", {1: False, 2: True})):
        rows = page("curves", chosen).dataframe[0].value.set_index("number")
        assert rows["best"].notna().to_dict() == shown


def test_the_search_leaves_what_fits(home):
    fill(home, runs=5, points=5)
    test = page("curves", "1,2")
    test.text_input(key="search").set_value("ads first").run()
    assert test.dataframe[0].value["name"].unique().tolist() == ["ads first"]
    assert "2 chosen runs are hidden by the filter." in texts(test)


def test_a_failed_run_says_so_in_the_table(home):
    fill(home, runs=4, points=5)
    rows = page().dataframe[0].value.set_index("number")
    assert (rows.loc[4, "state"], rows.loc[4, "reason"]) == ("failed", "The loss is not a number (made up).")


def test_runs_that_a_link_names_wrongly_are_told(home):
    fill(home, runs=2, points=5)
    assert "There is no run 999, abc." in "\n".join(
        str(item.value) for item in page("curves", "1,999,abc").warning
    )


def test_a_star_given_to_the_chosen_runs_is_kept_in_the_store(home):
    ids = fill(home, runs=2, points=5)
    test = page("curves", "1,2")
    test.button(key="star").click().run()
    with Store.open(home.database_url) as store:
        assert [store.get_run(run).starred for run in ids] == [True, True]


def test_slices_are_measured_beside_the_page_and_appear_by_themselves(home):
    ids = fill(home, runs=3, points=5)
    with Store.open(home.database_url) as store:
        folders = [store.get_run(run).folder for run in ids]
    for folder in folders:
        keep_sliced(folder, home.root / "made_up")
    link = {"slices_task": "ad_click"}
    test = page("slices", "1,2,3", link)
    assert "Slices of 3 runs are being measured; they appear here by themselves." in texts(test)
    assert len(list((home.root / "answers").glob("slices-*.claim"))) == 2, "two at a time"
    give_up = time.monotonic() + 120
    while "being measured" in texts(test) or "being worked out" in texts(test):
        assert time.monotonic() < give_up, texts(test)
        time.sleep(0.2)
        test.run()
    table = test.dataframe[1].value
    assert set(table["run"].str.split().str[0]) == {"#1", "#2", "#3"}
    assert dict(zip(table["value"], table["metric_value"], strict=True)) == {"old": 1.0, "new": 0.0}
    assert len(table) == 3 * 2
    assert test.pills(key="slice").options == [FAMILY]
    for answer in (home.root / "answers").glob("slices-*.json"):
        assert json.loads(answer.read_text())["problem"] == ""


def test_slices_that_cannot_be_measured_say_why(home):
    ids = fill(home, runs=1, points=5)
    with Store.open(home.database_url) as store:
        folder = store.get_run(ids[0]).folder
    keep_sliced(folder, home.root / "made_up")
    (home.root / "made_up" / "dataset.toml").unlink()
    test = page("slices", "1", {"slices_task": "ad_click"})
    give_up = time.monotonic() + 120
    while "being measured" in texts(test) or "being worked out" in texts(test):
        assert time.monotonic() < give_up, texts(test)
        time.sleep(0.2)
        test.run()
    assert "dataset.toml" in texts(test)
    assert test.button(key="slices_again")


def test_only_settings_that_differ_are_listed(home):
    fill(home, runs=2, points=5)
    table = page("settings", "1,2").dataframe[1].value
    assert set(table["setting"]) == {
        "seed",
        *(f"weights.{task}" for task in ("purchase", "ad_click", "high_value", "tags")),
    }


def test_metrics_before_and_after_stand_beside_each_other(home):
    fill(home, runs=2, points=5)
    test = page("before", "1,2")
    assert len(test.get("plotly_chart")) == 1
    table = test.dataframe[1].value
    # Of each task the headline metric was measured twice: 4 tasks, 2 runs.
    assert len(table) == 4 * 2
    assert set(table["before"]) == {0.5}
    assert (table["change"] - (table["after"] - table["before"])).abs().max() < 1e-12


def test_without_compared_gradients_the_view_says_where_they_come_from(home):
    fill(home, runs=3, points=5)
    assert "objective.gradients_every" in texts(page("gradients", "1,2,3"))


def test_the_gradients_of_the_chosen_run_are_a_matrix(home):
    ids = fill(home, runs=3, points=5)
    with Store.open(home.database_url) as store:
        for run, cosine in zip(ids[:2], (-0.5, 0.25), strict=True):
            with store.writer(run) as writer:
                writer.add(f"{COSINE}ad_click", cosine, task="purchase", step=2)
    test = page("gradients", "1,2,3", {"gradients_of": ids[0]})
    assert "Purchase and Ad click conflict most: their cosine is -0.50." in texts(test)
    assert "1 of 1 pairs of tasks conflict in some run" in texts(test)
    assert len(test.get("plotly_chart")) == 2
    test.selectbox(key="gradients_of").set_value(ids[1]).run()
    assert "No two tasks conflict" in texts(test)
    assert linked(test, "gradients_of") == [ids[1]]


def test_the_link_holds_keys_where_the_page_shows_words(home):
    fill(home, runs=2, points=5)
    test = page("curves", "1,2")
    test.segmented_control(key="x").set_value("epoch").run()
    test.pills(key="tasks_drawn").set_value(["ad_click"]).run()
    test.selectbox(key="metric").set_value("auc").run()
    assert test.pills(key="tasks_drawn").options[1] == "Ad click"
    link = {name: linked(test, name) for name in ("x", "tasks_drawn", "metric")}
    assert link == {"x": ["epoch"], "tasks_drawn": ["ad_click"], "metric": ["auc"]}
    copied = page("curves", "1,2", link)
    assert copied.segmented_control(key="x").value == "epoch"
    assert copied.pills(key="tasks_drawn").value == ["ad_click"]
    assert copied.selectbox(key="metric").value == "auc"


def test_an_old_link_with_words_opens_the_default_view(home):
    fill(home, runs=2, points=5)
    test = page("Curves", "1,2", {"x": "Epoch", "tasks_drawn": ["Ad click"]})
    assert test.segmented_control(key="view").value == "curves"
    assert test.segmented_control(key="x").value == "step"
    assert len(test.pills(key="tasks_drawn").value) == 4
    assert "x" not in test.query_params


def test_no_task_chosen_is_a_choice_that_the_link_holds(home):
    fill(home, runs=2, points=5)
    test = page("curves", "1,2")
    test.pills(key="tasks_drawn").set_value([]).run()
    assert linked(test, "tasks_drawn") == [""]
    assert "Choose a task to draw." in texts(page("curves", "1,2", {"tasks_drawn": [""]}))


def test_a_link_to_runs_that_are_gone_asks_to_choose(home):
    fill(home, runs=1, points=5)
    assert "Choose one run or more" in texts(page("curves", "77"))


def test_a_link_to_a_run_made_a_moment_ago_finds_it(home, old_list):
    first = fill(home, runs=1, points=5)
    assert [run.id for run in loaders.runs(home.database_url)] == first
    second = fill(home, runs=1, points=5)
    test = page("curves", f"1,{second[0]}")
    assert test.dataframe[0].value["number"].tolist() == [2, 1]


def test_two_hundred_runs_are_listed_and_the_first_lines_drawn(home):
    fill(home, runs=200, points=10)
    test = page("curves", ",".join(str(number) for number in range(1, 201)))
    assert len(test.dataframe[0].value) == 200
    assert "the first 24 of the 200 chosen runs" in texts(test)
