"""What is kept of runs that are over, and what is read again."""

from dataclasses import replace

import pytest

from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store
from mtrec_core.ui.kept_rows import KeptRows
from tests.ui.recorded_runs import record_run


@pytest.fixture
def runs(tmp_path):
    home = Home.from_environment({"MTREC_HOME": str(tmp_path)})
    with Store.open(home.database_url) as store:
        over = record_run(store, home, steps=3)
        going_on = record_run(store, home, steps=3, state=RunState.RUNNING)
    return over, going_on


@pytest.fixture
def asked():
    return []


@pytest.fixture
def kept(asked):
    def read(run_ids):
        asked.append(run_ids)
        return {run_id: f"reading {len(asked)}" for run_id in run_ids}

    return KeptRows(read)


def test_a_run_that_is_over_is_read_once_and_one_that_goes_on_each_time(runs, kept, asked):
    over, going_on = runs
    assert kept.of(runs) == {over.id: "reading 1", going_on.id: "reading 1"}
    assert kept.of(runs) == {over.id: "reading 1", going_on.id: "reading 2"}
    assert asked == [(over.id, going_on.id), (going_on.id,)]


def test_a_run_that_was_resumed_is_read_again_once_it_is_over_again(runs, kept, asked):
    over, _going_on = runs
    kept.of([over])
    resumed = replace(over, last_point=over.last_point + 5)
    assert kept.of([resumed]) == {over.id: "reading 2"}
    assert kept.of([resumed]) == {over.id: "reading 2"}


def test_a_run_without_the_curve_is_left_out_and_not_asked_for_again(runs):
    over, _going_on = runs
    asked = []
    kept = KeptRows(lambda run_ids: asked.append(run_ids) or {})
    assert kept.of([over]) == {}
    assert kept.of([over]) == {}
    assert asked == [(over.id,)]
