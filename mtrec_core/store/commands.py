"""What people ask of a running run, and how it is noted that it was done. No torch here.

Each function works in the transaction of the session it is given.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mtrec_core.errors import UserError
from mtrec_core.store.models import CommandRow, RunRow
from mtrec_core.store.records import CommandRecord
from mtrec_core.store.runs import insert_event, lock_run, now


def insert_command(session: Session, run_id: str, kind: str, payload: Mapping[str, Any]) -> int:
    """Writes a command for a run that can still hear it; UserError when it is over."""
    state = lock_run(session, run_id)
    if state.is_over:
        raise UserError(f"Run {run_id} is {state}; it takes no more commands.")
    command = CommandRow(run_id=run_id, kind=kind, payload=dict(payload), created=now(), applied_at=None)
    session.add(command)
    session.flush()
    return command.id


def pending_commands(session: Session, run_id: str) -> list[CommandRecord]:
    """The commands of a run that nobody has applied, oldest first."""
    query = select(CommandRow).where(CommandRow.run_id == run_id, CommandRow.applied_at.is_(None))
    return [_record(row) for row in session.scalars(query.order_by(CommandRow.id))]


def take_commands(session: Session, run_id: str) -> list[CommandRecord]:
    """The commands that nobody has taken, oldest first, marked as applied in the same transaction."""
    rows = session.scalars(
        select(CommandRow)
        .where(CommandRow.run_id == run_id, CommandRow.applied_at.is_(None))
        .order_by(CommandRow.id)
        .with_for_update()
    ).all()
    taken = now()
    for row in rows:
        row.applied_at = taken
    return [_record(row) for row in rows]


def settle_commands(session: Session, commands: Collection[int]) -> None:
    """Notes that commands were applied."""
    settled = update(CommandRow).where(CommandRow.id.in_(commands)).values(applied_at=now())
    session.execute(settled.execution_options(synchronize_session=False))


def change_weights(
    session: Session,
    run_id: str,
    step: int,
    before: Mapping[str, float],
    after: Mapping[str, float],
    commands: Collection[int],
) -> None:
    """The weights from a step on: an event, the run's record, and the commands that asked for it as done."""
    lock_run(session, run_id)
    insert_event(session, run_id, "weights", {"step": step, "before": dict(before), "after": dict(after)})
    renewed = update(RunRow).where(RunRow.id == run_id).values(weights_now=dict(after))
    session.execute(renewed.execution_options(synchronize_session=False))
    settle_commands(session, commands)


def _record(row: CommandRow) -> CommandRecord:
    return CommandRecord(
        id=row.id, run_id=row.run_id, kind=row.kind, payload=row.payload, created=row.created
    )
