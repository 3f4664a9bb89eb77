"""The metrics' half of the store: writing points, reading curves and summaries. No torch here.

The contract stands in `store.py`, whose Store has these methods too.
"""

from collections.abc import Callable, Collection

from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.store import queries
from mtrec_core.store.curves import Curve, CurveKey, read_curves
from mtrec_core.store.database import Database
from mtrec_core.store.records import PointRecord, SummaryRecord
from mtrec_core.store.rewind import rewind
from mtrec_core.store.sparklines import read_sparklines
from mtrec_core.store.writer import PointWriter, open_writer


class MetricStore:
    """What a Store does with metric points."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def writer(self, run_id: str, higher_is_better: Callable[[str], bool] | None = None) -> PointWriter:
        """Writes the metric points of a run in the background; a context manager.

        `higher_is_better` says by a metric's name which of two values a summary takes as best. By default the
        table of metrics does; of names that it doesn't know, such as losses, the lower value is the better.
        """
        if higher_is_better is None:
            better_when_high = frozenset(name for name, metric in METRICS.items() if metric.higher_is_better)
            higher_is_better = better_when_high.__contains__
        return open_writer(self._database, run_id, higher_is_better)

    def rewind(self, run_id: str, step: int) -> None:
        """Forgets the metric points after a step, for a run that goes on from its checkpoint of that step.

        They will come again. An event `rewound` tells those who have read them.
        """
        with self._database.writing() as session:
            rewind(session, run_id, step)

    def points(
        self,
        run_id: str,
        after_id: int = 0,
        *,
        names: Collection[str] | None = None,
        task: str | None = None,
        split: str | None = None,
    ) -> list[PointRecord]:
        """Metric points of a run after one that was read, in their order; of some curves, if asked."""
        with self._database.reading() as session:
            return queries.list_points(
                session, run_id, after_id=after_id, names=names, task=task, split=split
            )

    def summaries(
        self, run_ids: Collection[str], names: Collection[str] | None = None
    ) -> list[SummaryRecord]:
        """One row per curve of the runs: last and best value, for lists that must not read every point."""
        with self._database.reading() as session:
            return queries.list_summaries(session, run_ids, names)

    def curves(
        self,
        run_ids: Collection[str],
        *,
        names: Collection[str] | None = None,
        tasks: Collection[str] | None = None,
        splits: Collection[str] | None = None,
    ) -> dict[CurveKey, Curve]:
        """Whole curves of many runs as arrays, with one query."""
        with self._database.reading() as session:
            return read_curves(session, run_ids, names=names, tasks=tasks, splits=splits)

    def sparklines(
        self, run_ids: Collection[str], *, task: str, split: str, name: str, points: int = 30
    ) -> dict[str, list[float]]:
        """Run id -> a few values of one curve, for lists of many runs."""
        with self._database.reading() as session:
            return read_sparklines(session, run_ids, task=task, split=split, name=name, points=points)

    def curves_after(
        self, run_id: str, after_id: int, *, names: Collection[str] | None = None
    ) -> dict[CurveKey, Curve]:
        """What is new of a run's curves after a point that was read."""
        with self._database.reading() as session:
            return read_curves(session, [run_id], names=names, tasks=None, splits=None, after_id=after_id)
