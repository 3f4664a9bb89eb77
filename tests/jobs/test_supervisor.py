"""The supervisor over real processes that stand in for workers: order, slots, stopping, dying, adopting."""

import os
import signal

import psutil
import pytest

from mtrec_core.errors import StorageError, UserError
from mtrec_core.jobs import requests
from mtrec_core.jobs.launchers import LocalLauncher
from mtrec_core.jobs.lock import take_lock
from mtrec_core.jobs.logs import tail
from mtrec_core.jobs.processes import members
from mtrec_core.jobs.supervisor import supervisor_state
from mtrec_core.store.states import RunState
from tests.jobs.conftest import until

pytestmark = pytest.mark.slow


def left_of(run):
    return members(run.id, run.process.pid, run.process.create_time)


def states(store, run):
    return [event.payload["to"] for event in store.events(run.id) if event.kind == "state"]


@pytest.fixture
def at_work(store):
    """at_work(run) waits until its stand-in works, and gives the record."""

    def wait(run):
        until(lambda: "at work" in tail(store.get_run(run.id)))
        return store.get_run(run.id)

    return wait


def test_runs_start_in_the_order_of_the_queue_one_per_slot(store, queue, supervise, at_work):
    first, second, third = (
        queue(name, device) for name, device in (("a", "cpu"), ("b", "auto"), ("c", "cpu"))
    )
    store.move_in_queue(third.id, "first")
    supervisor = supervise(slots=("gpu:1", "cpu"))
    supervisor.tick()
    running = {run.name: at_work(run) for run in (second, third)}
    assert {name: run.slot for name, run in running.items()} == {"b": "gpu:1", "c": "cpu"}
    assert "devices: 1" in tail(running["b"])
    assert "devices: \n" in tail(running["c"])
    assert store.get_run(first.id).state is RunState.QUEUED
    for run in running.values():
        assert os.getpgid(run.process.pid) == run.process.pid  # a group of its own
        assert len(left_of(run)) == 2
    shown = supervisor_state(store, supervisor.home)
    assert (shown.alive, shown.pid) == (True, os.getpid())
    assert {slot.name: slot.run_id for slot in shown.slots} == {"gpu:1": second.id, "cpu": third.id}

    requests.kill(store, third.id)
    assert left_of(running["c"]) == []
    supervisor.tick()
    at_work(first)  # its slot is free
    assert states(store, third) == ["queued", "starting", "running", "stopping", "stopped"]


def test_a_run_that_does_not_answer_is_terminated_then_killed_and_nothing_is_left(
    store, queue, supervise, at_work
):
    run, supervisor = queue(), supervise("deaf")
    supervisor.tick()
    running = at_work(run)
    assert len(left_of(running)) == 2
    assert requests.stop(store, run.id).state is RunState.STOPPING
    assert requests.stop(store, run.id).state is RunState.STOPPING  # once more does no harm
    until(lambda: store.get_run(run.id).state.is_over, do=supervisor.tick)
    assert left_of(running) == []
    ended = store.get_run(run.id)
    assert ended.state is RunState.STOPPED
    assert "Asked to stop" in ended.reason
    assert supervisor.jobs == {}


def test_a_run_that_is_killed_by_hand_says_so_whoever_notices_its_end_first(
    store, queue, supervise, at_work, monkeypatch
):
    run, supervisor = queue(), supervise()
    supervisor.tick()
    running = at_work(run)
    with monkeypatch.context() as slow:  # the supervisor looks before whoever asked has written the end
        slow.setattr(requests, "end", lambda *process: os.kill(running.process.pid, signal.SIGKILL))
        with pytest.raises(StorageError):
            requests.kill(store, run.id)
    until(lambda: store.get_run(run.id).state.is_over, do=supervisor.tick)
    assert (store.get_run(run.id).state, store.get_run(run.id).reason) == (RunState.STOPPED, requests.KILLED)


def test_a_worker_that_breaks_or_is_killed_leaves_a_lost_run_with_a_reason(store, queue, supervise, at_work):
    broken, supervisor = queue(), supervise("breaks")
    supervisor.tick()
    until(lambda: store.get_run(broken.id).state.is_over, do=supervisor.tick)
    assert store.get_run(broken.id).state is RunState.LOST
    assert "ended with code 3; its log says more" in store.get_run(broken.id).reason

    killed, supervisor = queue(), supervise()
    supervisor.tick()
    running = at_work(killed)
    os.kill(running.process.pid, signal.SIGKILL)
    until(lambda: store.get_run(killed.id).state.is_over, do=supervisor.tick)
    assert store.get_run(killed.id).state is RunState.LOST
    assert "ran out of memory" in store.get_run(killed.id).reason
    assert left_of(running) == []  # its child was ended too


def test_what_a_completed_run_left_behind_is_ended(store, queue, supervise):
    run, supervisor = queue(), supervise("completes")
    supervisor.tick()
    started = store.get_run(run.id)
    until(lambda: not supervisor.jobs, do=supervisor.tick)
    assert store.get_run(run.id).state is RunState.COMPLETED
    assert left_of(started) == []


def test_a_new_supervisor_adopts_what_lives_and_marks_the_rest_lost(home, store, queue, supervise, at_work):
    living, dead, waiting = queue("living"), queue("dead"), queue("waiting")
    supervise(slots=("cpu:0", "cpu:1")).tick()  # and then it is gone
    running, gone = at_work(living), at_work(dead)
    assert requests.kill(store, dead.id).state is RunState.STOPPED
    store.queue_again(dead.id, claimed_by="by the old supervisor")
    store.beat(dead.id, process=(gone.process.pid, gone.process.create_time, gone.process.host))
    new = supervise(slots=("cpu:0", "cpu:1"))
    new.adopt()
    assert store.get_run(dead.id).state is RunState.LOST
    assert new.held == {living.id: running.slot}
    new.tick()
    assert at_work(waiting).slot != running.slot
    os.kill(running.process.pid, signal.SIGKILL)
    until(lambda: store.get_run(living.id).state.is_over, do=new.tick)
    assert "is gone" in store.get_run(living.id).reason  # another's child: nobody knows how it ended


def test_another_homes_runs_and_a_run_that_can_not_start_do_not_hold_up_the_queue(
    tmp_path, store, queue, supervise, at_work
):
    foreign, broken, fine = queue(folder=tmp_path / "elsewhere"), queue(), queue()
    broken.folder.parent.mkdir(parents=True, exist_ok=True)
    broken.folder.write_text("a file in the folder's place")
    supervise().tick()
    assert store.get_run(foreign.id).state is RunState.QUEUED
    assert store.get_run(broken.id).state is RunState.FAILED
    assert "can't be started" in store.get_run(broken.id).reason
    at_work(fine)


def test_a_run_of_a_terminal_that_died_is_found(store, queue, supervise):
    run = queue()
    store.claim_next_run("a terminal")
    store.beat(run.id, process=(2**22 + 1, 1.0, psutil.os.uname().nodename))
    supervise().tick()
    assert store.get_run(run.id).state is RunState.LOST


def test_one_supervisor_holds_the_lock_of_a_home(home):
    held = take_lock(home.root)
    assert held is not None
    assert take_lock(home.root) is None
    held.close()
    again = take_lock(home.root)
    assert again is not None
    again.close()


def test_requests_that_come_too_late_say_what_to_do(store, queue):
    run = queue()
    assert requests.stop(store, run.id).reason == "Cancelled in the queue."
    with pytest.raises(UserError, match="is stopped already"):
        requests.stop(store, run.id)
    with pytest.raises(UserError, match="is stopped already"):
        requests.kill(store, run.id)
    with pytest.raises(UserError, match="not in the queue"):
        requests.cancel(store, run.id)
    with pytest.raises(UserError, match="weights change only while a run goes on"):
        requests.set_weights(store, run.id, {"a": 1.0})


def test_the_launcher_reads_the_end_of_the_log(tmp_path):
    (tmp_path / "run.log").write_text("one\ntwo\nthree\n")
    assert LocalLauncher().tail(tmp_path, 2) == "two\nthree"
    assert LocalLauncher().tail(tmp_path / "nowhere", 2) == ""
