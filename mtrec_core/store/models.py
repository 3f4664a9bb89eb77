"""The tables of the database as typed SQLAlchemy models. No torch here.

They stay inside the store; what leaves it are records. A change here needs a revision in
`migrations/versions` and its name in SCHEMA_REVISION; a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_REVISION = "0004"
"""The newest revision in `migrations/versions`; a database that has it is opened without alembic."""


class Moment(TypeDecorator[datetime]):
    """A point in time, always in UTC; SQLite itself would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from outside. Half characters and NUL, which databases refuse, become question marks:
    the reason of a failure must never fail to be stored."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.encode("utf-8", "replace").decode().replace("\0", "?")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: Moment,
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        str: Words,
    }


class DatasetRow(Base):
    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("name", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folder: Mapped[str]
    fingerprint: Mapped[str]
    spec: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class ExperimentRow(Base):
    __tablename__ = "experiments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    note: Mapped[str]
    created: Mapped[datetime]


class RunRow(Base):
    __tablename__ = "runs"
    __table_args__ = (Index(None, "state", "created"), Index(None, "number", unique=True))

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    name: Mapped[str]
    experiment_id: Mapped[int | None] = mapped_column(ForeignKey("experiments.id"), index=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"), index=True)
    seed: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[str]
    task: Mapped[str | None]
    config: Mapped[dict[str, Any]]
    config_fingerprint: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    created: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    best_step: Mapped[int | None]
    rows_per_second: Mapped[float | None]
    folder: Mapped[str]
    last_point: Mapped[int]
    pid: Mapped[int | None]
    process_created: Mapped[float | None]
    host: Mapped[str | None]
    beat: Mapped[datetime | None]
    note: Mapped[str]
    tags: Mapped[list[str]]
    starred: Mapped[bool]
    archived: Mapped[bool]
    queue_place: Mapped[float]
    slot: Mapped[str]
    more_epochs: Mapped[float]
    weights_now: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class SupervisorRow(Base):
    __tablename__ = "supervisors"
    __table_args__ = (UniqueConstraint("host", "home"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str]
    home: Mapped[str]
    pid: Mapped[int]
    create_time: Mapped[float]
    started: Mapped[datetime]
    beat: Mapped[datetime]
    slots: Mapped[list[str]]
    version: Mapped[str]


class PersonRow(Base):
    __tablename__ = "people"

    email: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    since: Mapped[datetime]


class EventRow(Base):
    __tablename__ = "events"
    __table_args__ = (Index(None, "run_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    time: Mapped[datetime]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]


class CommandRow(Base):
    __tablename__ = "commands"
    __table_args__ = (Index(None, "run_id", "applied_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class SummaryRow(Base):
    """A series of points: its name, and what a list shows of it. A null is a value that was not finite."""

    __tablename__ = "summaries"
    __table_args__ = (UniqueConstraint("run_id", "task", "split", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    task: Mapped[str]
    split: Mapped[str]
    name: Mapped[str]
    last: Mapped[float | None]
    last_step: Mapped[int] = mapped_column(BigInteger)
    best: Mapped[float | None]
    best_step: Mapped[int | None] = mapped_column(BigInteger)
    higher_is_better: Mapped[bool]
    n: Mapped[int]


class PointRow(Base):
    """One value of a series.

    The key keeps each series together and in order: a curve, or what is new of it, is one stretch of the
    table, and no second index is needed.
    """

    __tablename__ = "points"
    __table_args__ = ({"sqlite_with_rowid": False},)

    series_id: Mapped[int] = mapped_column(ForeignKey("summaries.id"), primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[float]
    seconds: Mapped[float]
    value: Mapped[float | None]
