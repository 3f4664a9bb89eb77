"""What is read from the database, as records. No torch here."""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mtrec_core.store.models import DatasetRow, EventRow, ExperimentRow, PointRow, RunRow, SummaryRow
from mtrec_core.store.records import (
    DatasetRecord,
    EventRecord,
    ExperimentRecord,
    PointRecord,
    ProcessRecord,
    RunProgress,
    RunRecord,
    SummaryRecord,
    or_nan,
)
from mtrec_core.store.runs import no_such_run
from mtrec_core.store.states import RunRole, RunState


def dataset_record(row: DatasetRow) -> DatasetRecord:
    return DatasetRecord(
        id=row.id,
        name=row.name,
        folder=Path(row.folder),
        fingerprint=row.fingerprint,
        spec=row.spec,
        created=row.created,
    )


def experiment_record(row: ExperimentRow) -> ExperimentRecord:
    return ExperimentRecord(id=row.id, name=row.name, kind=row.kind, note=row.note, created=row.created)


def _run_record(row: RunRow, dataset: str, dataset_fingerprint: str) -> RunRecord:
    process = None
    if row.pid is not None and row.process_created is not None and row.beat is not None:
        process = ProcessRecord(
            pid=row.pid, create_time=row.process_created, host=row.host or "", beat=row.beat
        )
    return RunRecord(
        id=row.id,
        number=row.number,
        name=row.name,
        experiment_id=row.experiment_id,
        dataset_id=row.dataset_id,
        dataset=dataset,
        dataset_fingerprint=dataset_fingerprint,
        seed=row.seed,
        role=RunRole(row.role),
        task=row.task,
        config=row.config,
        config_fingerprint=row.config_fingerprint,
        state=RunState(row.state),
        reason=row.reason,
        created=row.created,
        started=row.started,
        ended=row.ended,
        process=process,
        result=row.result,
        best_step=row.best_step,
        rows_per_second=row.rows_per_second,
        folder=Path(row.folder),
        last_point=row.last_point,
        note=row.note,
        tags=tuple(row.tags),
        starred=row.starred,
        archived=row.archived,
        queue_place=row.queue_place,
        slot=row.slot,
        more_epochs=row.more_epochs,
        weights_now=row.weights_now,
        progress=RunProgress.from_json(row.progress) if row.progress else None,
    )


def _runs() -> Select[RunRow, str, str]:
    return select(RunRow, DatasetRow.name, DatasetRow.fingerprint).join(
        DatasetRow, RunRow.dataset_id == DatasetRow.id
    )


def run_by_id(session: Session, run_id: str) -> RunRecord:
    """The run with exactly this id; UserError without one."""
    found = session.execute(_runs().where(RunRow.id == run_id)).first()
    if found is None:
        raise no_such_run(run_id)
    return _run_record(*found)


def list_runs(
    session: Session,
    *,
    dataset: str | None,
    state: RunState | None,
    experiment_id: int | None,
    limit: int | None,
) -> list[RunRecord]:
    """Runs that fit every filter given, newest first."""
    query = _runs().order_by(RunRow.created.desc(), RunRow.id).limit(limit)
    if dataset is not None:
        query = query.where(DatasetRow.name == dataset)
    if state is not None:
        query = query.where(RunRow.state == state)
    if experiment_id is not None:
        query = query.where(RunRow.experiment_id == experiment_id)
    return [_run_record(*found) for found in session.execute(query)]


def list_datasets(session: Session) -> list[DatasetRecord]:
    newest_first = select(DatasetRow).order_by(DatasetRow.created.desc(), DatasetRow.id.desc())
    return [dataset_record(row) for row in session.scalars(newest_first)]


def list_experiments(session: Session) -> list[ExperimentRecord]:
    newest_first = select(ExperimentRow).order_by(ExperimentRow.created.desc(), ExperimentRow.id.desc())
    return [experiment_record(row) for row in session.scalars(newest_first)]


def list_events(session: Session, run_id: str, after_id: int) -> list[EventRecord]:
    query = select(EventRow).where(EventRow.run_id == run_id, EventRow.id > after_id).order_by(EventRow.id)
    return [
        EventRecord(id=row.id, run_id=row.run_id, time=row.time, kind=row.kind, payload=row.payload)
        for row in session.scalars(query)
    ]


def list_points(
    session: Session,
    run_id: str,
    *,
    after_id: int,
    names: Collection[str] | None,
    task: str | None,
    split: str | None,
) -> list[PointRecord]:
    """Points of a run by id; each series is one stretch of the table's key, so old points cost nothing."""
    series, point = SummaryRow, PointRow
    columns = (
        point.id, series.task, series.split, series.name, point.step, point.epoch, point.seconds, point.value,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(series, point.series_id == series.id)
        .where(series.run_id == run_id, point.id > after_id)
        .order_by(point.id)
    )
    if names is not None:
        query = query.where(series.name.in_(names))
    if task is not None:
        query = query.where(series.task == task)
    if split is not None:
        query = query.where(series.split == split)
    return [
        PointRecord(point_id, task_, split_, name, step, epoch, seconds, or_nan(value))
        for point_id, task_, split_, name, step, epoch, seconds, value in session.execute(query)
    ]


def list_summaries(
    session: Session, run_ids: Collection[str], names: Collection[str] | None
) -> list[SummaryRecord]:
    """The summary rows of several runs, each run's together and in the order in which its series began."""
    row = SummaryRow
    columns = (
        row.run_id, row.task, row.split, row.name, row.last, row.last_step, row.best, row.best_step,
        row.higher_is_better, row.n,
    )  # fmt: skip
    query = select(*columns).where(row.run_id.in_(run_ids)).order_by(row.run_id, row.id)
    if names is not None:
        query = query.where(row.name.in_(names))
    return [
        SummaryRecord(
            run_id=found.run_id,
            task=found.task,
            split=found.split,
            name=found.name,
            last=or_nan(found.last),
            last_step=found.last_step,
            best=or_nan(found.best),
            best_step=found.best_step,
            higher_is_better=found.higher_is_better,
            n=found.n,
        )
        for found in session.execute(query)
    ]
