"""Taking a run's metrics back to the checkpoint from which it goes on. No torch here."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mtrec_core.store.models import PointRow, SummaryRow
from mtrec_core.store.runs import insert_event, lock_run
from mtrec_core.store.writer import count_value


def rewind(session: Session, run_id: str, step: int) -> None:
    """Deletes the points after a step and makes the summaries anew from those that stay; an event tells it.

    The test of the trained model goes too, wherever its best step was: the run will be tested again.
    A series that began after the step is gone with its summary. Ids of deleted points aren't given again.
    """
    lock_run(session, run_id)
    for series in session.scalars(select(SummaryRow).where(SummaryRow.run_id == run_id)).all():
        kept = min(step, 0) if series.split == "test" else step
        session.execute(delete(PointRow).where(PointRow.series_id == series.id, PointRow.step > kept))
        left = session.execute(
            select(PointRow.step, PointRow.value).where(PointRow.series_id == series.id).order_by(PointRow.id)
        ).all()
        if not left:
            session.delete(series)
            continue
        series.n, series.best, series.best_step = 0, None, None
        for point_step, value in left:
            count_value(series, point_step, value)
    insert_event(session, run_id, "rewound", {"step": step})
