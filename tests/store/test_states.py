"""Which state may follow which."""

import pytest

from mtrec_core.store.states import RunState

LEGAL = {
    "queued": {"starting", "stopped", "failed"},
    "starting": {"running", "stopping", "stopped", "failed", "lost"},
    "running": {"stopping", "completed", "stopped", "failed", "lost"},
    "stopping": {"completed", "stopped", "failed", "lost"},
    "completed": {"queued"},
    "stopped": {"queued"},
    "failed": {"queued"},
    "lost": {"queued"},
}


@pytest.mark.parametrize("old", RunState)
@pytest.mark.parametrize("new", RunState)
def test_only_these_transitions_are_legal(old, new):
    assert old.can_become(new) == (new.value in LEGAL[old.value])


def test_four_states_are_over():
    assert {state for state in RunState if state.is_over} == {"completed", "stopped", "failed", "lost"}


def test_a_run_that_is_over_comes_back_through_the_queue_alone():
    for state in RunState:
        assert not (state.is_over and state.can_become(RunState.RUNNING))


def test_a_run_that_works_can_always_be_lost():
    working = {"starting", "running", "stopping"}
    assert {state for state in RunState if state.can_become(RunState.LOST)} == working
