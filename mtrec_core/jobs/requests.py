"""What people ask of the queue and of runs: train, stop, kill, cancel, resume, other weights. No torch here.

The command line and the pages call these. Each gives the run as it is then, or raises a UserError with the
way out.
"""

import dataclasses
import math
import shlex
from collections.abc import Mapping

from mtrec_core.config import RunConfig, all_settings, chosen_tasks, with_settings
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, SettingError, StorageError, UserError
from mtrec_core.home import Home
from mtrec_core.jobs.plan import TrainRequest, experiment_kind, planned_runs
from mtrec_core.jobs.processes import end
from mtrec_core.objective.methods import MethodChoice, deciding_method, setting_of
from mtrec_core.recorded_run import demand_resumable, mark_if_lost, start_run
from mtrec_core.settings import unknown_name
from mtrec_core.store.records import RunRecord
from mtrec_core.store.runs import own_identity
from mtrec_core.store.states import IllegalTransition, RunState
from mtrec_core.store.store import Store

AFTER_TRAINING = ("test", "baselines", "bundle")
"""Stages of `RunProgress` in which no step is taken any more."""
BEING_KILLED = "Being killed."
"""The reason that a run has until its end; whoever notices that writes KILLED."""
KILLED = "Killed by hand; what it had not kept in a checkpoint is lost."


def submit(request: TrainRequest, store: Store, home: Home) -> list[RunRecord]:
    """Puts the runs of a request into the queue, an experiment where there are several; the model for all
    tasks comes last. DataError and SettingError as the command line has them."""
    spec = load_dataset_spec(request.config.dataset)
    chosen_tasks(request.config, list(spec.tasks))  # refuses unknown tasks, and weights that leave none
    config = dataclasses.replace(
        request.config, dataset=str(spec.folder), name=request.config.name or spec.name
    )
    plans = list(planned_runs(config, spec, request.seeds, request.single_task))
    experiment = None
    if len(plans) > 1:
        experiment = store.add_experiment(name=config.name, kind=experiment_kind(plans))
    return [
        start_run(plan.config, store, home, experiment, plan.task, state=RunState.QUEUED) for plan in plans
    ]


def stop(store: Store, run_id: str) -> RunRecord:
    """Asks a run to keep a checkpoint and end; one in the queue is cancelled. Once is enough."""
    run = mark_if_lost(store.get_run(run_id), store)
    if run.state is RunState.QUEUED:
        return cancel(store, run.id)
    if run.state is RunState.STOPPING:
        return run
    if run.state.is_over:
        raise UserError(f"Run {run.id} is {run.state.value} already; there is nothing to stop.")
    store.issue_command(run.id, "stop")
    return _changed(store, run, RunState.STOPPING, "Asked to stop; it keeps a checkpoint first.")


def kill(store: Store, run_id: str) -> RunRecord:
    """Ends a run at once, without a checkpoint of its last steps. One on another machine is left to the
    supervisor there. StorageError when a process can't be ended."""
    run = mark_if_lost(store.get_run(run_id), store)
    if run.state is RunState.QUEUED:
        return cancel(store, run.id)
    if run.state.is_over:
        raise UserError(f"Run {run.id} is {run.state.value} already; there is nothing to kill.")
    if run.process is None:
        return stop(store, run.id)  # so early that it has no process yet, or is about to have one
    if run.state is not RunState.STOPPING:
        run = _changed(store, run, RunState.STOPPING, BEING_KILLED)
    process = run.process
    if process is None or run.state.is_over:
        return run
    if process.host != own_identity()[2]:
        store.issue_command(run.id, "kill")
        return run
    if not end(run.id, process.pid, process.create_time):
        raise StorageError(
            f"A process of run {run.id} can't be ended; it may wait for a disk. "
            f"Look for process {process.pid}."
        )
    return _changed(store, run, RunState.STOPPED, KILLED)


def cancel(store: Store, run_id: str) -> RunRecord:
    """Takes a run out of the queue."""
    run = store.get_run(run_id)
    if run.state is not RunState.QUEUED:
        raise UserError(f"Run {run.id} is {run.state.value}, not in the queue; stop it instead.")
    return _changed(store, run, RunState.STOPPED, "Cancelled in the queue.")


def resume(store: Store, run_id: str, more_epochs: float = 0.0) -> RunRecord:
    """Puts a run that is over into the queue again, to go on from its checkpoint; with `more_epochs` it
    trains so many passes more than it was to, also when it is completed."""
    run = store.get_run(run_id)
    demand_resumable(run, store, more_epochs)
    return store.queue_again(run.id, more_epochs)


def set_weights(store: Store, run_id: str, weights: Mapping[str, float]) -> RunRecord:
    """Asks a running run to train with other task weights from its next step on; tasks not named keep
    theirs."""
    run = mark_if_lost(store.get_run(run_id), store)
    if run.state is RunState.QUEUED or run.state.is_over or run.state is RunState.STOPPING:
        raise UserError(
            f"Run {run.id} is {run.state.value}; weights change only while a run goes on. "
            "Train a new run with these weights."
        )
    method = method_of_run(run)
    if not method.takes_weights:
        raise UserError(
            f"Run {run.id} trains with {setting_of(method)}={method.key}, under which weights change "
            "nothing. "
            "Train a new run with objective.weighting=fixed and objective.aggregation=sum."
        )
    if has_trained(run):
        raise UserError(
            f"The last step of run {run.id} is done, so other weights would change nothing. "
            "Extend it when it is over, or train a new run with these weights."
        )
    now = current_weights(run)
    for task, weight in weights.items():
        if task not in now:
            raise unknown_name(f"task of run {run.id}", task, list(now))
        if not 0 <= weight < math.inf:
            raise SettingError(f"The weight of task {task} is {weight}; it must be a number of 0 or more.")
    after = now | {task: float(weight) for task, weight in weights.items()}
    if not any(after.values()):
        raise SettingError("Every task weight is 0, so nothing would be learnt; give one task more.")
    store.issue_command(run.id, "weights", {"weights": after})
    return store.get_run(run.id)


def has_trained(run: RunRecord) -> bool:
    """Whether a run that goes on only measures and writes any more."""
    progress = run.progress
    if progress is None:
        return False
    return progress.stage in AFTER_TRAINING or 0 < progress.total_steps <= progress.step


def method_of_run(run: RunRecord) -> MethodChoice:
    """The method that decides what the run's task weights do."""
    objective = RunConfig.from_json(run.config).objective
    return deciding_method(objective.weighting, objective.aggregation)


def current_weights(run: RunRecord) -> dict[str, float]:
    """Task -> the weight that a run trains with now, for every task that it trains."""
    if run.weights_now is not None:
        return dict(run.weights_now)
    config = RunConfig.from_json(run.config)
    tasks = chosen_tasks(config, list(load_dataset_spec(config.dataset).tasks))
    return {task: config.weights.get(task, 1.0) for task in tasks}


def command_line(request: TrainRequest) -> str:
    """The command that asks for the same: `python -m mtrec_core train ...`."""
    config = request.config
    parts = ["python", "-m", "mtrec_core", "train", config.dataset]
    try:
        own = with_settings(RunConfig(dataset=config.dataset), load_dataset_spec(config.dataset).settings)
    except DataError:  # the command line will say what is wrong with it
        own = RunConfig(dataset=config.dataset)
    if config.tasks:
        parts += ["--tasks", ",".join(config.tasks)]
    if config.weights:
        parts += ["--weights", ",".join(f"{task}={weight:g}" for task, weight in config.weights.items())]
    for setting in all_settings():
        section, name = setting.name.split(".")
        value = getattr(getattr(config, section), name)
        if value != getattr(getattr(own, section), name):
            parts += ["--set", f"{setting.name}={_written(value)}"]
    if config.seed:
        parts += ["--seed", str(config.seed)]
    if request.seeds > 1:
        parts += ["--seeds", str(request.seeds)]
    if request.single_task:
        parts += ["--single-task"]
    if config.name:
        parts += ["--name", config.name]
    return shlex.join(parts)


def _written(value: object) -> str:
    """A setting's value as `--set` reads it."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _changed(store: Store, run: RunRecord, new: RunState, reason: str) -> RunRecord:
    """The run in its new state, or in the one that another process was quicker to give it."""
    try:
        return store.change_state(run.id, new, reason)
    except IllegalTransition:
        return store.get_run(run.id)
