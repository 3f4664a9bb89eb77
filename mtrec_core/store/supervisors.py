"""The supervisors that take runs from the queue: who they are and when they last showed a sign of life. No
torch here.

Each function works in the transaction of the session it is given.
"""

from collections.abc import Sequence

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from mtrec_core.store.models import SupervisorRow
from mtrec_core.store.records import SupervisorRecord
from mtrec_core.store.runs import now


def beat_supervisor(
    session: Session,
    *,
    host: str,
    home: str,
    pid: int,
    create_time: float,
    slots: Sequence[str],
    version: str,
) -> None:
    """A sign of life of the supervisor of a host and a home; a new process takes the record over."""
    row = session.scalars(_of(host, home)).first()
    moment = now()
    if row is None:
        row = SupervisorRow(
            host=host, home=home, pid=pid, create_time=create_time, started=moment, beat=moment,
            slots=list(slots), version=version,
        )  # fmt: skip
        session.add(row)
    if (row.pid, row.create_time) != (pid, create_time):
        row.pid, row.create_time, row.started = pid, create_time, moment
    row.beat, row.slots, row.version = moment, list(slots), version


def forget_supervisor(session: Session, *, host: str, home: str, pid: int) -> None:
    """A supervisor ends; nothing where another process has taken over by now."""
    session.execute(
        delete(SupervisorRow)
        .where(SupervisorRow.host == host, SupervisorRow.home == home, SupervisorRow.pid == pid)
        .execution_options(synchronize_session=False)
    )


def list_supervisors(session: Session) -> list[SupervisorRecord]:
    """All that have not ended in an orderly way; which of them still live, the caller finds out."""
    query = select(SupervisorRow).order_by(SupervisorRow.host, SupervisorRow.home)
    return [
        SupervisorRecord(
            host=row.host,
            home=row.home,
            pid=row.pid,
            create_time=row.create_time,
            started=row.started,
            beat=row.beat,
            slots=tuple(row.slots),
            version=row.version,
        )
        for row in session.scalars(query)
    ]


def _of(host: str, home: str) -> Select[SupervisorRow]:
    return select(SupervisorRow).where(SupervisorRow.host == host, SupervisorRow.home == home)
