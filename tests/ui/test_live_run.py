"""A growing curve reads each point once, and begins anew after a return to a checkpoint."""

import pytest

from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store
from mtrec_core.ui import live_run
from mtrec_core.ui.live_run import LiveRun
from tests.ui.recorded_runs import record_run, write_points

TOTAL = ("", "train", "total_loss")


@pytest.fixture
def home(tmp_path) -> Home:
    return Home.from_environment({"MTREC_HOME": str(tmp_path)})


@pytest.fixture
def store(home):
    with Store.open(home.database_url) as opened:
        yield opened


@pytest.fixture
def run(store, home, monkeypatch):
    monkeypatch.setattr(live_run, "FRESH_SECONDS", 0.0)
    return record_run(store, home, state=RunState.RUNNING, steps=20)


def test_a_second_look_reads_only_what_is_new(store, run, monkeypatch):
    live = LiveRun(store, run.id)
    first = live.look()
    asked = []
    read = store.curves_after
    monkeypatch.setattr(
        store, "curves_after", lambda run_id, after: asked.append(after) or read(run_id, after)
    )
    write_points(store, run.id, range(21, 31))
    second = live.look()
    assert asked == [first.last_point]
    assert first.curves[TOTAL].steps.tolist() == list(range(1, 21))
    assert second.curves[TOTAL].steps.tolist() == list(range(1, 31))
    assert second.last_point == store.get_run(run.id).last_point


def test_a_look_that_is_fresh_enough_asks_nothing(store, run, monkeypatch):
    monkeypatch.setattr(live_run, "FRESH_SECONDS", 60.0)
    live = LiveRun(store, run.id)
    seen = live.look()
    monkeypatch.setattr(store, "curves_after", None)
    assert live.look() is seen


def test_a_return_to_a_checkpoint_forgets_what_came_after_it(store, run):
    live = LiveRun(store, run.id)
    live.look()
    store.rewind(run.id, 10)
    write_points(store, run.id, range(11, 14))
    assert live.look().curves[TOTAL].steps.tolist() == list(range(1, 14))


def test_changed_weights_come_with_the_events(store, run):
    live = LiveRun(store, run.id)
    live.look()
    store.change_weights(run.id, step=15, before={"tags": 1.0}, after={"tags": 2.0})
    assert [event.kind for event in live.look().events][-1] == "weights"
