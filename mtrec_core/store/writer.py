"""Metric points on their way into the database: collected, written in batches by a thread. No torch here."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from mtrec_core.errors import StorageError, UserError
from mtrec_core.store.database import Database, DatabaseBusyError
from mtrec_core.store.models import PointRow, RunRow, SummaryRow
from mtrec_core.store.runs import insert_event, no_such_run

BATCH_POINTS = 200
BATCH_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
"""How long a database that is locked or away is tried again before the writer gives up."""

Series = tuple[str, str, str]
"""(task, split, name)"""


@dataclass(frozen=True, slots=True)
class Point:
    """One value on its way; None is a value that was not finite."""

    series: Series
    step: int
    epoch: float
    seconds: float
    value: float | None


class PointWriter:
    """Takes points at the speed of a list; a thread writes them after 200 points or a second, what is sooner.

    A batch is one transaction with the summaries it changes: after a crash or a kill a reader finds whole
    batches only, and each summary agrees with its points. A locked database or a server that went away is
    tried again for two minutes, with the points kept meanwhile. Any other refusal, such as a full disk, is
    raised as StorageError by the next call, and by every call after that; the batch it met is not in the
    database.

    A NaN or an infinity is stored as a gap in the curve (null) and never counts as best; the first of each
    series is told by an event `not_finite`.
    """

    def __init__(self, database: Database, run_id: str, higher_is_better: Callable[[str], bool]) -> None:
        self._database = database
        self._run_id = run_id
        self._higher_is_better = higher_is_better
        self._waiting: list[Point] = []
        self._reported: set[Series] = set()
        self._changed = threading.Condition()
        self._due = False
        self._closed = False
        self._error: StorageError | None = None
        self._thread = threading.Thread(target=self._work, name=f"points-{run_id}", daemon=True)
        self._thread.start()

    def add(
        self,
        name: str,
        value: float,
        *,
        step: int,
        task: str = "",
        split: str = "train",
        epoch: float = 0.0,
        seconds: float = 0.0,
    ) -> None:
        """One more point of the curve (task, split, name). Returns at once."""
        number = float(value)
        finite = number if math.isfinite(number) else None
        point = Point((task, split, name), int(step), float(epoch), float(seconds), finite)
        with self._changed:
            self._raise_if_broken()
            if self._closed:
                raise StorageError(f"The writer of run {self._run_id} is closed; it takes no more points.")
            self._waiting.append(point)
            if len(self._waiting) == 1 or len(self._waiting) >= BATCH_POINTS:
                self._changed.notify_all()

    def flush(self) -> None:
        """Waits until every point given so far is in the database."""
        with self._changed:
            self._due = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting or self._error is not None)
            self._due = False
            self._raise_if_broken()

    def close(self) -> None:
        """Writes what waits and ends the thread; further calls of `close` do nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        with self._changed:
            self._raise_if_broken()

    def __enter__(self) -> "PointWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except StorageError:
            if error is None:  # else the error on its way says more
                raise

    def _raise_if_broken(self) -> None:
        if self._error is not None:
            raise StorageError(str(self._error)) from self._error

    def _is_due(self) -> bool:
        return self._due or self._closed or len(self._waiting) >= BATCH_POINTS

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                self._changed.wait_for(self._is_due, timeout=BATCH_SECONDS)
                batch = list(self._waiting)
            try:
                self._write_patiently(batch)
            except StorageError as error:
                self._end(error)
                return
            except Exception as error:  # a thread has nobody else to tell
                self._end(StorageError(f"Metric points of run {self._run_id} can't be stored: {error}"))
                return
            with self._changed:
                del self._waiting[: len(batch)]
                self._changed.notify_all()

    def _end(self, error: StorageError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def _write_patiently(self, batch: Sequence[Point]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self._database.writing() as session:
                    gaps = self._first_gaps(batch)
                    _write_points(session, self._run_id, batch, self._higher_is_better, gaps)
                self._reported.update(gaps)
                return
            except DatabaseBusyError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.2)

    def _first_gaps(self, batch: Sequence[Point]) -> dict[Series, int]:
        """Series whose first value that is not finite stands in the batch -> its step."""
        gaps: dict[Series, int] = {}
        for point in batch:
            if point.value is None and point.series not in self._reported:
                gaps.setdefault(point.series, point.step)
        return gaps


def open_writer(database: Database, run_id: str, higher_is_better: Callable[[str], bool]) -> PointWriter:
    """A writer for a run that exists; UserError otherwise."""
    with database.reading() as session:
        if session.get(RunRow, run_id) is None:
            raise no_such_run(run_id)
    return PointWriter(database, run_id, higher_is_better)


def _write_points(
    session: Session,
    run_id: str,
    batch: Sequence[Point],
    higher_is_better: Callable[[str], bool],
    gaps: dict[Series, int],
) -> None:
    # Counting up the run's last id also locks its row, so that two writers' points don't mix.
    counted = (
        update(RunRow)
        .where(RunRow.id == run_id)
        .values(last_point=RunRow.last_point + len(batch))
        .returning(RunRow.last_point)
        .execution_options(synchronize_session=False)
    )
    last_id = session.execute(counted).scalar_one_or_none()
    if last_id is None:
        raise UserError(f"There is no run {run_id!r} in the database any more.")
    known = session.scalars(select(SummaryRow).where(SummaryRow.run_id == run_id))
    summaries: dict[Series, SummaryRow] = {(row.task, row.split, row.name): row for row in known}
    for point in batch:
        if point.series not in summaries:
            task, split, name = point.series
            summaries[point.series] = SummaryRow(
                run_id=run_id, task=task, split=split, name=name, last=None, last_step=point.step, best=None,
                best_step=None, higher_is_better=higher_is_better(name), n=0,
            )  # fmt: skip
            session.add(summaries[point.series])
        count_value(summaries[point.series], point.step, point.value)
    session.flush()
    session.execute(
        insert(PointRow),
        [
            {
                "series_id": summaries[point.series].id,
                "id": point_id,
                "step": point.step,
                "epoch": point.epoch,
                "seconds": point.seconds,
                "value": point.value,
            }
            for point_id, point in enumerate(batch, start=last_id - len(batch) + 1)
        ],
    )
    for (task, split, name), step in gaps.items():
        where = {"task": task, "split": split, "name": name, "step": step}
        insert_event(session, run_id, "not_finite", where)


def count_value(summary: SummaryRow, step: int, value: float | None) -> None:
    """Brings a summary up to date with the next value of its series."""
    summary.n += 1
    summary.last, summary.last_step = value, step
    if value is None:
        return
    if summary.best is None or (value > summary.best if summary.higher_is_better else value < summary.best):
        summary.best, summary.best_step = value, step
