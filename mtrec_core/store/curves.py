"""Metric points as arrays: many curves with one query. No torch here.

Rows stay what the driver gives, because objects for hundreds of thousands of points would cost more than
reading them; and numpy loads when there is something to read. P = points of a curve.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mtrec_core.store.models import PointRow, SummaryRow

if TYPE_CHECKING:
    import numpy as np


class CurveKey(NamedTuple):
    """Which curve."""

    run_id: str
    task: str
    """"" for what concerns no single task."""
    split: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The points of one curve in their order; arrays of one length."""

    ids: "np.ndarray"
    """int64 [P]: the last one asks for what is new since."""
    steps: "np.ndarray"
    """int64 [P]"""
    epochs: "np.ndarray"
    """float64 [P]"""
    seconds: "np.ndarray"
    """float64 [P]: since training began."""
    values: "np.ndarray"
    """float64 [P]: NaN where the value was not finite."""

    def __len__(self) -> int:
        return len(self.ids)


def read_curves(
    session: Session,
    run_ids: Collection[str],
    *,
    names: Collection[str] | None,
    tasks: Collection[str] | None,
    splits: Collection[str] | None,
    after_id: int = 0,
) -> dict[CurveKey, Curve]:
    """The curves of runs that fit every filter given, as far as they have points after `after_id`."""
    wanted: list[ColumnElement[bool]] = [SummaryRow.run_id.in_(run_ids)]
    if names is not None:
        wanted.append(SummaryRow.name.in_(names))
    if tasks is not None:
        wanted.append(SummaryRow.task.in_(tasks))
    if splits is not None:
        wanted.append(SummaryRow.split.in_(splits))
    columns = (SummaryRow.id, SummaryRow.run_id, SummaryRow.task, SummaryRow.split, SummaryRow.name)
    keys = {
        found.id: CurveKey(found.run_id, found.task, found.split, found.name)
        for found in session.execute(
            select(*columns).where(*wanted).order_by(SummaryRow.run_id, SummaryRow.id)
        )
    }
    if not keys:
        return {}
    point = PointRow
    query = (
        select(point.series_id, point.id, point.step, point.epoch, point.seconds, point.value)
        .where(point.series_id.in_(select(SummaryRow.id).where(*wanted)), point.id > after_id)
        .order_by(point.series_id, point.id)
    )
    found = _split(session.connection().execute(query).cursor.fetchall())
    return {key: found[series] for series, key in keys.items() if series in found}


def _split(rows: Sequence[Sequence[Any]]) -> dict[int, Curve]:
    """Series -> its curve, from rows that are sorted by series."""
    if not rows:
        return {}
    import numpy as np

    table = np.array(rows, dtype=np.float64)  # a null becomes NaN; ids and steps stay exact below 2**53
    whole = table[:, :3].astype(np.int64)
    edges = np.flatnonzero(np.diff(whole[:, 0])) + 1
    begins, ends = [0, *edges.tolist()], [*edges.tolist(), len(rows)]
    return {
        int(whole[begin, 0]): Curve(
            ids=whole[begin:end, 1],
            steps=whole[begin:end, 2],
            epochs=table[begin:end, 3],
            seconds=table[begin:end, 4],
            values=table[begin:end, 5],
        )
        for begin, end in zip(begins, ends, strict=True)
    }
