"""One run from its record in the store to its result: states, reasons, points, log.

`pipeline` trains in a folder and knows no database; this joins the two, for the command line and for workers.
torch loads when a run begins, not before.
"""

import dataclasses
import errno
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from mtrec_core.config import RunConfig
from mtrec_core.data.fingerprint import fingerprint
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import MtrecError, StorageError, UserError
from mtrec_core.home import Home
from mtrec_core.jobs.heartbeat import Heartbeat
from mtrec_core.jobs.meter import ProgressMeter
from mtrec_core.jobs.processes import lives
from mtrec_core.jobs.wishes import Change, Wishes, changes_after
from mtrec_core.recording import Recorder
from mtrec_core.results import RunResult
from mtrec_core.run_watch import BEFORE, Watch
from mtrec_core.store.records import ExperimentRecord, ProcessRecord, RunRecord
from mtrec_core.store.runs import own_identity
from mtrec_core.store.states import IllegalTransition, RunRole, RunState
from mtrec_core.store.store import Store
from mtrec_core.training.events import (
    Listener,
)

STOPPED_BY_HAND = "Stopped by hand."


def never() -> bool:
    """A run that nobody stops."""
    return False


def start_run(
    config: RunConfig,
    store: Store,
    home: Home,
    experiment: ExperimentRecord | None = None,
    task: str | None = None,
    state: RunState = RunState.STARTING,
) -> RunRecord:
    """A new run in the store with its folder and its frozen `config.json`.

    `task` is the one task of a run for comparison. It is the caller's to train, or the supervisor's where
    `state` is queued.
    """
    spec = load_dataset_spec(config.dataset)
    run = store.add_run(
        dataset=store.add_dataset(
            name=spec.name, folder=spec.folder, fingerprint=fingerprint(spec), spec=_plain(spec)
        ),
        config=config.to_json(),
        config_fingerprint=config.fingerprint(),
        runs_folder=home.runs,
        name=config.name,
        seed=config.seed,
        experiment=experiment,
        role=RunRole.SINGLE_TASK if task else RunRole.JOINT,
        task=task,
        state=state,
    )
    folder = home.run_folder(run.id)
    (folder / "config.json").write_text(json.dumps(config.to_json(), indent=1) + "\n", encoding="utf-8")
    return run


def train_run(
    run: RunRecord,
    store: Store,
    home: Home,
    listeners: Sequence[Listener] = (),
    stop_asked: Callable[[], bool] = never,
    resume: bool = False,
) -> RunResult:
    """Trains a run that is `starting`; ends it completed, stopped or failed, with the reason, in any case.

    Commands from the store are heard while it goes on. `stop_asked` is looked at after each step, as another
    way to ask; the run then keeps a checkpoint. `resume` goes on from that.
    """
    meter, wishes = ProgressMeter(), Wishes(run.id, store, _replayed(run, store) if resume else ())
    heart = Heartbeat(run.id, store, run.process, meter.now, wishes.look)
    with _ending(run, store), heart, store.writer(run.id) as writer:
        from mtrec_core.pipeline import train_in

        result = train_in(
            run.folder,
            RunConfig.from_json(run.config),
            home.vectors,
            run.id,
            Watch(run, store, [meter, wishes.listen, Recorder(writer), *listeners]),
            lambda: stop_asked() or wishes.stop_asked(),
            resume,
            wishes.new_weights,
            run.more_epochs,
        )
        if resume:
            result = _with_earlier(result, run, store)
    store.set_result(
        run.id, result.to_json(), best_step=result.best_step, rows_per_second=result.rows_per_second
    )
    if result.state == RunState.COMPLETED:
        store.change_state(run.id, RunState.COMPLETED)
    else:
        store.change_state(run.id, RunState.STOPPED, STOPPED_BY_HAND)
    return result


def go_on(
    run: RunRecord,
    store: Store,
    home: Home,
    listeners: Sequence[Listener] = (),
    stop_asked: Callable[[], bool] = never,
) -> RunResult:
    """Trains a run that is `starting`: from its last checkpoint, or from the start if it has none."""
    step = last_checkpoint(run)
    if step is not None or run.last_point:
        store.rewind(run.id, -1 if step is None else step)
    return train_run(run, store, home, listeners, stop_asked, resume=step is not None)


def resume_run(
    run: RunRecord,
    store: Store,
    home: Home,
    listeners: Sequence[Listener] = (),
    stop_asked: Callable[[], bool] = never,
) -> RunResult:
    """Goes on in this process with a run that ended early; UserError as `demand_resumable` has it."""
    demand_resumable(run, store)
    run = store.queue_again(run.id, claimed_by="resumed in a terminal")
    return go_on(run, store, home, listeners, stop_asked)


def demand_resumable(run: RunRecord, store: Store, more_epochs: float = 0.0) -> None:
    """UserError when a run is complete and not to be extended, still going on, or when its data changed."""
    if not 0 <= more_epochs < float("inf"):
        raise UserError(f"A run can't be extended by {more_epochs} epochs; give a number above 0.")
    run = mark_if_lost(run, store)
    if run.state is RunState.COMPLETED and not more_epochs:
        raise UserError(
            f"Run {run.id} is completed; there is nothing to go on with. Extend it by more epochs "
            f"(python -m mtrec_core resume {run.id} --epochs 2), or train a new one."
        )
    if not run.state.is_over:
        process = f" in process {run.process.pid}" if run.process else ""
        raise UserError(f"Run {run.id} is {run.state.value}{process}; stop it before you resume it.")
    spec = load_dataset_spec(run.config["dataset"])
    if fingerprint(spec) != run.dataset_fingerprint:
        raise UserError(
            f"The data of run {run.id} changed since it began, so it can't go on. Train a new run on them: "
            f"python -m mtrec_core train {spec.folder}"
        )


def last_checkpoint(run: RunRecord) -> int | None:
    """The step of a run's last checkpoint; None without one."""
    found = sorted((run.folder / "last").glob("step-*"))
    return int(found[-1].name.removeprefix("step-")) if found else None


def mark_if_lost(run: RunRecord, store: Store) -> RunRecord:
    """The run as it is; `lost` if it was going on in a process of this machine that is gone."""
    if run.state.is_over or run.process is None or _lives(run.process):
        return run
    reason = (
        "Its process is gone: it was killed, or the machine went down. --resume goes on from its checkpoint."
    )
    try:
        return store.change_state(run.id, RunState.LOST, reason)
    except IllegalTransition:  # it ended in an orderly way since the record was read
        return store.get_run(run.id)


def _lives(process: ProcessRecord) -> bool:
    """Whether the process works still; one on another machine can't be seen and counts as living."""
    return process.host != own_identity()[2] or lives(process.pid, process.create_time)


def _replayed(run: RunRecord, store: Store) -> list[Change]:
    """The changes of weights that came after the checkpoint from which the run goes on."""
    return changes_after(store.events(run.id), last_checkpoint(run) or 0)


@contextmanager
def _ending(run: RunRecord, store: Store) -> Iterator[None]:
    """Writes down how a run ended when it ended by an exception, which goes on; a full disk as a sentence."""
    try:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageError(
                    f"The disk is full; free some space in {run.folder.parent.parent}, then go "
                    f"on with --resume {run.id}, or set MTREC_HOME to a folder on another disk."
                ) from error
            raise
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        reason = STOPPED_BY_HAND if stopped else _reason(error)
        with suppress(StorageError):  # the error itself says what is wrong with the store
            store.change_state(run.id, RunState.STOPPED if stopped else RunState.FAILED, reason)
        raise


def _reason(error: BaseException) -> str:
    """An exception in words."""
    if isinstance(error, MtrecError):
        return str(error)
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__


def _with_earlier(result: RunResult, run: RunRecord, store: Store) -> RunResult:
    """The result with the test metrics of the untrained model, which an earlier process measured."""
    measured = [event.payload for event in store.events(run.id) if event.kind == BEFORE]
    before: dict[str, dict[str, float]] = measured[-1] if measured else {}
    tasks = {
        name: dataclasses.replace(task, before=task.before or before.get(name, {}))
        for name, task in result.tasks.items()
    }
    return dataclasses.replace(result, tasks=tasks)


def _plain(spec: DatasetSpec) -> dict[str, Any]:
    """The declaration as JSON would hold it."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(spec), default=str))
    return plain
