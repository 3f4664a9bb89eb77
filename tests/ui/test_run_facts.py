import dataclasses

import pytest

from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store
from mtrec_core.ui import monitor_progress, run_facts
from mtrec_core.ui.home_page import outcome
from tests.ui.recorded_runs import record_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    home = Home.from_environment({"MTREC_HOME": str(tmp_path_factory.mktemp("home"))})
    with Store.open(home.database_url) as store:
        yield {
            "spec": None,
            "done": record_run(store, home, steps=4, name="Shop"),
            "trains": record_run(store, home, steps=2, state=RunState.RUNNING),
            "starts": record_run(store, home, state=RunState.STARTING),
            "waits": record_run(store, home, state=RunState.QUEUED),
            "failed": record_run(store, home, steps=2, state=RunState.FAILED, reason="The disk is full."),
            "store": store,
        }


def test_a_run_is_called_by_number_and_name(runs):
    assert run_facts.run_title(runs["done"]) == "#1 Shop"


def test_the_best_baseline_is_the_highest_or_for_errors_the_lowest(runs):
    best = run_facts.best_baseline(runs["done"], "high_value")
    assert best is not None
    assert (best.key, best.value, best.title) == ("popularity", 0.7, "Popularity")


def test_a_run_that_trains_shows_the_baselines_of_an_earlier_run_on_the_same_rows(runs):
    found = run_facts.baselines(runs["trains"], [runs["done"]])
    assert {baseline.run_number for baseline in found.values()} == {1}
    other_seed = dataclasses.replace(runs["done"], seed=7)
    assert run_facts.baselines(runs["trains"], [other_seed]) == {}


def test_only_trained_tasks_have_lines_and_keep_the_colour_of_their_place(runs):
    spec = next(item.spec for item in runs["store"].list_datasets())
    all_lines = run_facts.task_lines(runs["done"], spec, {}, dark=False)
    fewer = dataclasses.replace(runs["done"], config={**runs["done"].config, "weights": {"purchase": 0.0}})
    lines = run_facts.task_lines(fewer, spec, {}, dark=False)
    assert [line.name for line in lines] == [line.name for line in all_lines][1:]
    assert [line.colour for line in lines] == [line.colour for line in all_lines][1:]


def test_progress_is_told_for_each_state(runs):
    told = {
        name: monitor_progress.headline(runs[name], 0) for name in ("trains", "starts", "waits", "failed")
    }
    assert told == {
        "trains": "Training · step 2 of 400 · 0\u202f%",
        "starts": "Encoding 4,900 texts · 1\u202f200 of 4\u202f900",
        "waits": "Next in the queue; starts as soon as a slot is free",
        "failed": "Ended by an error.",
    }
    assert monitor_progress.headline(runs["waits"], 2) == "Waits: 2 runs stand before it"
    assert monitor_progress.fraction(runs["trains"]) == pytest.approx(2 / 400)
    assert monitor_progress.fraction(runs["starts"]) == pytest.approx(1200 / 4900)
    assert monitor_progress.fraction(runs["done"]) == 1


def test_an_outcome_counts_the_tasks_above_their_baseline(runs):
    # Test is 0.86 - 0.03 * place; above 0.7 are places 0 to 5 of 8.
    assert outcome(runs["done"]) == "6 of 8 tasks are better than their best baseline on test."
    assert outcome(runs["failed"]) == "The disk is full."
