"""Real trainings of the tiny shop through the queue: a detached supervisor, a worker with torch, commands."""

import dataclasses
import os
import shlex
import signal
import subprocess
import sys

import psutil
import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.config import with_settings
from mtrec_core.errors import SettingError, UserError
from mtrec_core.jobs import requests
from mtrec_core.jobs.launchers import Launch, LocalLauncher
from mtrec_core.jobs.logs import tail
from mtrec_core.jobs.plan import TrainRequest
from mtrec_core.jobs.processes import lives, members
from mtrec_core.jobs.supervisor import ensure_supervisor, supervisor_state
from mtrec_core.recorded_run import go_on
from mtrec_core.store.states import RunRole, RunState
from tests.contracts.source_files import PROJECT
from tests.jobs.conftest import until

runner = CliRunner()


@pytest.fixture
def asked(config):
    """asked({"section.setting": value}) is a request for two small tasks."""

    def make(settings, **request):
        chosen = dataclasses.replace(config, tasks=("gold", "stars"))
        return TrainRequest(config=with_settings(chosen, settings), **request)

    return make


@pytest.fixture
def detached(home, store):
    """The home's supervisor in a process of its own, and the end of all that it started."""
    yield ensure_supervisor(home)
    state = supervisor_state(store, home)
    if state.alive:
        os.kill(state.pid, signal.SIGKILL)
    for run in store.list_runs():
        if run.process is not None:
            requests.end(run.id, run.process.pid, run.process.create_time)


def weight_of_gold(store, run):
    """What the loop weighed that task with."""
    [curve] = store.curves([run.id], names=["weight"], tasks=["gold"]).values()
    return curve


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_queued_run_takes_other_weights_stops_with_a_checkpoint_goes_on_and_outlives_its_supervisor(
    home, store, asked, detached
):
    long = {"training.epochs": 2_000, "training.evaluations_per_epoch": 0.01}
    [run] = requests.submit(asked(long), store, home)
    until(lambda: store.get_run(run.id).state is RunState.RUNNING)
    until(lambda: store.get_run(run.id).progress.step > 0)
    requests.set_weights(store, run.id, {"gold": 3})
    until(lambda: store.get_run(run.id).weights_now == {"gold": 3.0, "stars": 1.0})
    assert store.pending_commands(run.id) == []
    assert requests.current_weights(store.get_run(run.id)) == {"gold": 3.0, "stars": 1.0}
    assert requests.stop(store, run.id).state is RunState.STOPPING
    until(lambda: store.get_run(run.id).state is RunState.STOPPED)
    stopped = store.get_run(run.id)
    until(lambda: not members(run.id, stopped.process.pid, stopped.process.create_time))
    [checkpoint] = (run.folder / "last").iterdir()
    step = int(checkpoint.name.removeprefix("step-"))
    assert step == stopped.progress.step
    (changed,) = [event.payload for event in store.events(run.id) if event.kind == "weights"]
    assert 0 < changed["step"] < step
    assert "weights from now on" in tail(stopped)

    assert requests.resume(store, run.id).state is RunState.QUEUED
    until(lambda: store.get_run(run.id).state is RunState.RUNNING)
    until(lambda: weight_of_gold(store, run).steps.max() > step)
    going_on, curve = store.get_run(run.id), weight_of_gold(store, run)
    assert set(curve.values[curve.steps <= changed["step"]]) == {1.0}
    assert set(curve.values[curve.steps > changed["step"]]) == {3.0}  # over the stop, too

    created = psutil.Process(detached.pid).create_time()
    told = runner.invoke(app, ["down"])
    assert told.exit_code == 0
    assert f"Going on without it: {run.id}" in told.stderr
    assert not lives(detached.pid, created)
    assert not supervisor_state(store, home).alive
    assert lives(going_on.process.pid, going_on.process.create_time)
    new = ensure_supervisor(home)
    assert new.pid != detached.pid
    assert ensure_supervisor(home).pid == new.pid
    assert [slot.run_id for slot in supervisor_state(store, home).slots] == [run.id]
    os.kill(going_on.process.pid, signal.SIGKILL)
    until(lambda: store.get_run(run.id).state is RunState.LOST)
    told = runner.invoke(app, ["logs", run.id, "-f", "-n", "3"])
    assert told.exit_code == 1
    assert "is lost" in told.stderr


@pytest.mark.slow
def test_a_completed_run_is_extended_and_tested_anew(home, store, asked):
    few = {"training.max_steps": 3, "training.patience": 1}
    [run] = requests.submit(asked(few), store, home)
    store.claim_next_run("this test")
    first = go_on(store.get_run(run.id), store, home)
    assert (first.state, first.steps) == ("completed", 3)
    with pytest.raises(UserError, match=f"Extend it by more epochs .*resume {run.id} --epochs 2"):
        requests.resume(store, run.id)
    with pytest.raises(UserError, match="can't be extended by -1"):
        requests.resume(store, run.id, more_epochs=-1)
    assert requests.resume(store, run.id, more_epochs=0.5).state is RunState.QUEUED
    store.claim_next_run("this test")
    longer = go_on(store.get_run(run.id), store, home)
    assert longer.state == "completed"
    assert longer.steps > 3
    record = store.get_run(run.id)
    assert (record.state, record.more_epochs) == (RunState.COMPLETED, 0.5)
    assert record.result["steps"] == longer.steps
    [tested] = store.curves([run.id], names=["auc"], splits=["test"]).values()
    assert tested.steps.tolist() == [0, longer.best_step]  # the first test of the model is forgotten


@pytest.mark.slow
def test_stopping_before_training_begins_ends_the_worker_at_once(home, store, asked):
    [run] = requests.submit(asked({}), store, home)
    store.claim_next_run("this test")
    assert requests.stop(store, run.id).state is RunState.STOPPING
    done = subprocess.run(
        [sys.executable, "-m", "mtrec_core.jobs.worker", run.id], cwd=PROJECT, check=False, timeout=120
    )
    assert done.returncode == 0
    assert store.get_run(run.id).state is RunState.STOPPED
    assert not (run.folder / "last").exists()


@pytest.mark.slow
def test_killing_a_run_of_two_processes_leaves_none_of_them(home, store, asked):
    [run] = requests.submit(asked({"training.processes": 2, "training.epochs": 2_000}), store, home)
    store.claim_next_run("this test")
    launcher = LocalLauncher()
    job = launcher.submit(Launch(run_id=run.id, folder=run.folder, environment={}))

    def helpers():
        alive = members(job.run_id, job.pid, job.create_time)
        return [each for each in alive if "mtrec_core.helper_process" in each.cmdline()]

    try:
        until(lambda: helpers() or launcher.poll(job))
        (helper,) = helpers()
        assert os.getpgid(helper.pid) == job.pid
    finally:
        assert launcher.kill(job)
    assert not lives(helper.pid, helper.create_time())


def test_a_request_becomes_an_experiment_whose_joint_run_comes_last(home, store, asked):
    made = requests.submit(asked({}, seeds=2, single_task=True), store, home)
    assert [(run.seed, run.task) for run in made] == [
        (0, "gold"), (0, "stars"), (0, None), (1, "gold"), (1, "stars"), (1, None),
    ]  # fmt: skip
    assert len({run.experiment_id for run in made}) == 1
    assert [run.role for run in made].count(RunRole.JOINT) == 2
    assert {run.state for run in made} == {RunState.QUEUED}
    assert all((run.folder / "config.json").is_file() for run in made)


def test_a_request_that_can_not_be_trained_leaves_no_run(home, store, asked):
    request = asked({})
    wrong = dataclasses.replace(request.config, weights={"gold": 0.0, "stars": 0.0})
    with pytest.raises(SettingError, match="nothing to train"):
        requests.submit(dataclasses.replace(request, config=wrong), store, home)
    with pytest.raises(SettingError, match="seeds is 0"):
        dataclasses.replace(request, seeds=0)
    assert store.list_runs() == []


def test_wrong_weights_are_refused_before_the_run_hears_of_them(home, store, asked):
    [run] = requests.submit(asked({}), store, home)
    store.claim_next_run("this test")
    for weights, told in (
        ({"golf": 1.0}, "Did you mean gold"),
        ({"gold": -1.0}, "0 or more"),
        ({"gold": 0.0, "stars": 0.0}, "nothing would be learnt"),
    ):
        with pytest.raises(SettingError, match=told):
            requests.set_weights(store, run.id, weights)
    [equal] = requests.submit(asked({"objective.weighting": "equal"}), store, home)
    store.claim_next_run("this test")
    with pytest.raises(UserError, match="under which weights change nothing"):
        requests.set_weights(store, equal.id, {"gold": 1.0})
    assert store.pending_commands(run.id) == store.pending_commands(equal.id) == []


def test_the_command_line_of_a_request_asks_for_the_same(home, store, asked, monkeypatch):
    request = asked({"model.dropout": 0.25}, seeds=2, single_task=True)
    config = dataclasses.replace(request.config, weights={"gold": 0.5, "stars": 1.0}, seed=3, name="my run")
    request = dataclasses.replace(request, config=config)
    words = shlex.split(requests.command_line(request))
    assert words[:3] == ["python", "-m", "mtrec_core"]
    monkeypatch.setattr("mtrec_core.jobs.supervisor_state.ensure_supervisor", lambda home: None)
    told = runner.invoke(app, [*words[3:], "--queue", "--json"])
    assert told.exit_code == 0, told.output
    typed = sorted(store.list_runs(), key=lambda run: run.number)
    clicked = requests.submit(request, store, home)
    assert [run.config for run in typed] == [run.config for run in clicked]
    assert [run.task for run in typed] == [run.task for run in clicked]
