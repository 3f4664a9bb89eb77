"""What happens to a run: it is made, changes its state, is claimed, shows signs of life. No torch here.

Each function works in the transaction of the session it is given.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mtrec_core.errors import UserError
from mtrec_core.store.models import EventRow, RunRow
from mtrec_core.store.run_ids import new_run_id
from mtrec_core.store.states import IllegalTransition, RunRole, RunState


def now() -> datetime:
    return datetime.now(UTC)


def lock_run(session: Session, run_id: str) -> RunState:
    """The state of a run, which stays so until the transaction ends; UserError without such a run.

    What is written about one run is thereby written one after the other, so that its events and points become
    visible in the order of their ids, and a reader who asks for "after id n" misses none.
    """
    query = select(RunRow.state).where(RunRow.id == run_id).with_for_update()
    state = session.execute(query).scalar_one_or_none()
    if state is None:
        raise no_such_run(run_id)
    return RunState(state)


def no_such_run(run_id: str) -> UserError:
    return UserError(f"There is no run {run_id!r} in the database. `runs` lists all.")


def insert_run(
    session: Session,
    *,
    dataset_id: int,
    config: Mapping[str, Any],
    config_fingerprint: str,
    runs_folder: Path,
    name: str,
    seed: int,
    experiment_id: int | None,
    role: RunRole,
    task: str | None,
    state: RunState,
) -> str:
    """Writes a new run and its first event; gives its id."""
    if state not in (RunState.QUEUED, RunState.STARTING):
        raise IllegalTransition(f"A new run can't be {state}; it is queued, or starting without a queue.")
    if (role is RunRole.SINGLE_TASK) != (task is not None):
        raise UserError("A single-task run names its task, and a joint run names none.")
    run_id = new_run_id()
    while session.get(RunRow, run_id) is not None:
        run_id = new_run_id()
    moment = now()
    while True:
        number, place = session.execute(select(func.max(RunRow.number), func.max(RunRow.queue_place))).one()
        row = RunRow(
            id=run_id,
            number=(number or 0) + 1,
            name=name,
            experiment_id=experiment_id,
            dataset_id=dataset_id,
            seed=seed,
            role=role,
            task=task,
            config=dict(config),
            config_fingerprint=config_fingerprint,
            state=state,
            reason="",
            created=moment,
            started=moment if state is RunState.STARTING else None,
            folder=str(runs_folder / run_id),
            last_point=0,
            note="",
            tags=[],
            starred=False,
            archived=False,
            queue_place=(place or 0.0) + 1.0,
            slot="",
            more_epochs=0.0,
        )
        try:
            with session.begin_nested():
                session.add(row)
            break
        except IntegrityError as error:  # another process gave that number first
            if "number" not in str(error.orig):
                raise
    insert_event(session, run_id, "state", {"from": None, "to": state, "reason": ""}, moment)
    return run_id


def insert_event(
    session: Session, run_id: str, kind: str, payload: Mapping[str, Any], moment: datetime | None = None
) -> int:
    """Writes an event of a run that this transaction has locked or made; gives its id."""
    event = EventRow(run_id=run_id, time=moment or now(), kind=kind, payload=dict(payload))
    session.add(event)
    session.flush()
    return event.id


def change_state(session: Session, run_id: str, new: RunState, reason: str) -> None:
    """A legal transition with its event; IllegalTransition otherwise.

    The update names the state that was checked. Where another process was quicker it changes no row, and the
    question is put again.
    """
    while True:
        found = session.execute(select(RunRow.state).where(RunRow.id == run_id)).scalar_one_or_none()
        if found is None:
            raise no_such_run(run_id)
        old = RunState(found)
        if not old.can_become(new):
            raise IllegalTransition(f"Run {run_id} is {old}; it can't become {new}.")
        moment = now()
        values: dict[str, Any] = {"state": new, "reason": reason}
        if new is RunState.QUEUED:
            values |= {"started": None, "ended": None} | _NO_PROCESS
        elif new is RunState.STARTING:
            values |= {"started": moment}
        elif new.is_over:
            values |= {"ended": moment}
        if _changed(session, update(RunRow).where(RunRow.id == run_id, RunRow.state == old).values(values)):
            insert_event(session, run_id, "state", {"from": old, "to": new, "reason": reason}, moment)
            return


def beat(
    session: Session, run_id: str, process: tuple[int, float, str], progress: Mapping[str, Any] | None
) -> None:
    """Notes that a process (pid, create time, host) works on the run, and how far it is; nothing where the
    run is over by now."""
    if not lock_run(session, run_id).is_over:
        pid, create_time, host = process
        values: dict[str, Any] = {"pid": pid, "process_created": create_time, "host": host, "beat": now()}
        if progress is not None:
            values["progress"] = dict(progress)
        session.execute(update(RunRow).where(RunRow.id == run_id).values(values))


def annotate(
    session: Session,
    run_id: str,
    note: str | None,
    tags: Sequence[str] | None,
    starred: bool | None,
    archived: bool | None,
) -> None:
    """Replaces what people wrote on a run; None leaves a part as it is."""
    lock_run(session, run_id)
    given = {"note": note, "starred": starred, "archived": archived}
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if tags is not None:
        values["tags"] = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if values:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(values))


@cache
def this_process(pid: int) -> tuple[int, float, str]:
    """The calling process: pid, create time, host. Cached by pid, as a forked child is another process."""
    import psutil

    return pid, psutil.Process(pid).create_time(), socket.gethostname()


def own_identity() -> tuple[int, float, str]:
    return this_process(os.getpid())


def save_result(
    session: Session,
    run_id: str,
    result: Mapping[str, Any],
    best_step: int | None,
    rows_per_second: float | None,
) -> None:
    """Replaces the result of a run."""
    values = {"result": dict(result), "best_step": best_step, "rows_per_second": rows_per_second}
    if not _changed(session, update(RunRow).where(RunRow.id == run_id).values(values)):
        raise no_such_run(run_id)


_NO_PROCESS = {"pid": None, "process_created": None, "host": None, "beat": None}


def _changed(session: Session, statement: Any) -> bool:
    statement = statement.execution_options(synchronize_session=False)
    return cast(CursorResult[Any], session.execute(statement)).rowcount == 1
