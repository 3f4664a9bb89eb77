"""The queue: which run comes next, who takes it, who stands before whom. No torch here.

Each function works in the transaction of the session it is given.
"""

from collections.abc import Callable
from typing import Literal, get_args

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from mtrec_core.errors import UserError
from mtrec_core.store.models import CommandRow, RunRow
from mtrec_core.store.queries import run_by_id
from mtrec_core.store.records import RunRecord
from mtrec_core.store.runs import change_state, lock_run, now
from mtrec_core.store.states import RunState

Place = Literal["first", "up", "down", "last"]
"""Where a waiting run goes: to the head, one place up or down, to the end."""


def claim_next(
    session: Session, worker: str, slot_for: Callable[[RunRecord], str | None] | None
) -> str | None:
    """Makes the first run of the queue that gets a slot `starting`; gives its id, None without one.

    Two workers never get the same run: on SQLite the transaction holds the write lock, on PostgreSQL a row
    that another worker is about to take is passed over.
    """
    waiting = session.scalars(select(RunRow.id).where(RunRow.state == RunState.QUEUED).order_by(*_ORDER))
    for run_id in waiting.all():
        slot = slot_for(run_by_id(session, run_id)) if slot_for else ""
        if slot is None:
            continue
        free = select(RunRow.id).where(RunRow.id == run_id, RunRow.state == RunState.QUEUED)
        if session.execute(free.with_for_update(skip_locked=True)).first() is not None:
            change_state(session, run_id, RunState.STARTING, f"claimed by {worker}")
            session.execute(update(RunRow).where(RunRow.id == run_id).values(slot=slot))
            return run_id
    return None


def queue_again(session: Session, run_id: str, more_epochs: float) -> None:
    """A run that is over goes to the end of the queue, to train so many epochs more than it was to.

    Wishes to stop that came too late are forgotten; changed weights that were not applied yet still will be.
    """
    change_state(session, run_id, RunState.QUEUED, f"{more_epochs:g} more epochs" if more_epochs else "")
    values = {"queue_place": next_place(session), "more_epochs": RunRow.more_epochs + more_epochs, "slot": ""}
    session.execute(_updating(run_id).values(values))
    late = update(CommandRow).where(
        CommandRow.run_id == run_id, CommandRow.kind != "weights", CommandRow.applied_at.is_(None)
    )
    session.execute(late.values(applied_at=now()).execution_options(synchronize_session=False))


def move_in_queue(session: Session, run_id: str, place: Place) -> None:
    """Gives a waiting run another place; UserError when it waits no more."""
    if place not in get_args(Place):
        raise UserError(f"{place!r} is no place in the queue; known: {', '.join(get_args(Place))}.")
    state = lock_run(session, run_id)
    if state is not RunState.QUEUED:
        raise UserError(f"Run {run_id} is {state.value}; only a queued run has a place in the queue.")
    query = select(RunRow.id, RunRow.queue_place).where(RunRow.state == RunState.QUEUED).order_by(*_ORDER)
    rows = session.execute(query.with_for_update()).all()
    waiting = [row.id for row in rows]
    old = waiting.index(run_id)
    new = {"first": 0, "up": max(0, old - 1), "down": old + 1, "last": len(waiting)}[place]
    waiting.insert(new, waiting.pop(old))
    first = min(row.queue_place for row in rows)
    for number, each in enumerate(waiting):
        session.execute(_updating(each).values(queue_place=first + number))


def next_place(session: Session) -> float:
    """The place behind all runs there are."""
    return (session.execute(select(func.max(RunRow.queue_place))).scalar_one() or 0.0) + 1.0


_ORDER = (RunRow.queue_place, RunRow.created, RunRow.id)


def _updating(run_id: str) -> Update:
    return update(RunRow).where(RunRow.id == run_id).execution_options(synchronize_session=False)
