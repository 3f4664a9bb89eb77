"""A curve as a few of its values, by seeks in the table's key: for lists of many runs. No torch here."""

from collections.abc import Collection

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from mtrec_core.store.models import PointRow, SummaryRow
from mtrec_core.store.records import or_nan


def read_sparklines(
    session: Session, run_ids: Collection[str], *, task: str, split: str, name: str, points: int
) -> dict[str, list[float]]:
    """Run id -> at most `points` values of one curve, evenly over its points; runs without it are left out.

    For each series and each of `points` places between its first and last id, the database looks up the first
    point from there on. That costs the same for a curve of a hundred points and of a million.
    """
    point, found = aliased(PointRow), aliased(PointRow)
    ends = (
        select(
            SummaryRow.id.label("series"),
            SummaryRow.run_id,
            select(func.min(point.id))
            .where(point.series_id == SummaryRow.id)
            .scalar_subquery()
            .label("first"),
            select(func.max(point.id))
            .where(point.series_id == SummaryRow.id)
            .scalar_subquery()
            .label("last"),
        )
        .where(
            SummaryRow.run_id.in_(run_ids),
            SummaryRow.task == task,
            SummaryRow.split == split,
            SummaryRow.name == name,
        )
        .subquery()
    )
    places = union_all(*(select(literal(place).label("place")) for place in range(points))).subquery()
    wanted = ends.c.first + (ends.c.last - ends.c.first) * places.c.place / max(points - 1, 1)
    near = (
        select(func.min(point.id))
        .where(point.series_id == ends.c.series, point.id >= wanted)
        .correlate(ends, places)
        .scalar_subquery()
    )
    ids = (
        select(ends.c.run_id, ends.c.series, near.label("id"))
        .select_from(ends.join(places, literal(True)))
        .distinct()
        .subquery()
    )
    query = (
        select(ids.c.run_id, found.value)
        .join(found, (found.series_id == ids.c.series) & (found.id == ids.c.id))
        .order_by(ids.c.run_id, ids.c.id)
    )
    lines: dict[str, list[float]] = {}
    for run_id, value in session.execute(query):
        lines.setdefault(run_id, []).append(or_nan(value))
    return lines
