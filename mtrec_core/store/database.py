"""The connection to the database: SQLite in WAL mode, or PostgreSQL. No torch here."""

import copy
import json
import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from mtrec_core.errors import StorageError, UserError

LOCK_SECONDS = 10
"""How long one statement waits for another process's write before it gives up."""


class DatabaseBusyError(StorageError):
    """The write may succeed when it is tried again: the database is locked, or the server went away."""


class Database:
    """Hands out sessions whose errors are sentences."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine = _sqlite_engine(url) if is_sqlite(url) else _postgresql_engine(url)
        self._for_writing = self.engine.execution_options(mtrec_writes=True)
        self._refusal = ""

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and changes nothing."""
        with self.sentences(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in a transaction: all of it is written, or nothing is.

        On SQLite it holds the write lock from the start, so that what it reads stays true until it writes.
        """
        if self._refusal:
            raise UserError(self._refusal)
        with self.sentences(), Session(self._for_writing) as session, session.begin():
            yield session

    def refusing(self, refusal: str) -> "Database":
        """The same connections for reading; a write ends in a UserError with this sentence."""
        other = copy.copy(self)
        other._refusal = refusal
        return other

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Turns what the driver raises into a StorageError."""
        try:
            yield
        except DBAPIError as error:
            raise _sentence(error, self.url) from error

    def close(self) -> None:
        """Gives every connection back."""
        self.engine.dispose()


def parse_url(text: str) -> URL:
    """The database that MTREC_DB names; UserError unless it is a SQLite file or a PostgreSQL server."""
    try:
        # postgres:// is what hosting companies still hand out and SQLAlchemy gave up.
        url = make_url(
            "postgresql" + text.removeprefix("postgres") if text.startswith("postgres://") else text
        )
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise UserError(
            "The database address can't be read. It must look like sqlite:////folder/mtrec.db or "
            "postgresql://user:password@host:5432/name; check MTREC_DB."
        ) from error
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise UserError(f"The database is {backend}; known here: sqlite and postgresql. Check MTREC_DB.")
    if not url.database or url.database == ":memory:":
        raise UserError(
            "A SQLite database in memory can't be shared by the page and the runs; name a file, "
            "such as sqlite:////folder/mtrec.db."
        )
    return url.set(drivername="sqlite")


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def display(url: URL) -> str:
    """How messages call the database: the file, or the address without its password."""
    return str(url.database) if is_sqlite(url) else url.render_as_string(hide_password=True)


def make_folder(url: URL) -> None:
    """Makes the folder of a SQLite file; a `file:` address, which says more than a path, finds its own."""
    if str(url.database).startswith("file:"):
        return
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"Can't make the folder {path.parent} for the database: {error.strerror}. "
            "Let MTREC_HOME or MTREC_DB name another place."
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, json_serializer=_to_json, connect_args={"timeout": LOCK_SECONDS})

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late; see on_begin
        connection.execute("PRAGMA foreign_keys = ON")
        _log_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("mtrec_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Turns write-ahead logging on, which the file then remembers: readers don't wait for the writer, and a
    killed writer leaves the last whole transaction. For this one change SQLite does not wait by itself when
    another process writes."""
    give_up = time.monotonic() + LOCK_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _postgresql_engine(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            json_serializer=_to_json,
            pool_pre_ping=True,
            connect_args={} if "connect_timeout" in url.query else {"connect_timeout": 5},
        )
    except (ImportError, NoSuchModuleError) as error:
        raise UserError("PostgreSQL needs the package psycopg: pip install 'psycopg[binary]'.") from error


_SQLITE_CAUSES: dict[str, str] = {
    "SQLITE_FULL": "the disk is full. Free some space and try again; nothing of this write was kept",
    "SQLITE_READONLY": "it may not be written. Allow writing to the file and its folder",
    "SQLITE_CANTOPEN": "it can't be opened. Check that the folder exists and may be written",
    "SQLITE_NOTADB": "the file is no SQLite database. Move it away, or let MTREC_DB name another",
    "SQLITE_CORRUPT": "the file is damaged. Restore a copy, or move it away to begin anew",
    "SQLITE_IOERR": "the disk reported an error or is full; nothing of this write was kept",
}


def _sentence(error: DBAPIError, url: URL) -> StorageError:
    name = display(url)
    cause = error.orig
    code = getattr(cause, "sqlite_errorname", None)
    if code is not None:
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return DatabaseBusyError(
                f"The database {name} has been locked by another process for {LOCK_SECONDS} s. Try again; "
                "if it stays so, look for a program that holds the file open."
            )
        for start, text in _SQLITE_CAUSES.items():
            if code.startswith(start):
                return StorageError(f"The database {name}: {text}.")
        return StorageError(f"The database {name} refused: {cause}.")
    first_line = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    state = getattr(cause, "sqlstate", None) or ""
    if error.connection_invalidated or state.startswith(("08", "40", "57P")) or state == "55P03":
        return DatabaseBusyError(f"The database server {name} went away or was busy: {first_line}.")
    if state.startswith("53"):
        return StorageError(f"The database server {name} is out of space or connections: {first_line}.")
    if not state and type(cause).__name__ in ("OperationalError", "ConnectionTimeout"):
        return DatabaseBusyError(
            f"Can't reach the database server {name}: {first_line}. "
            "Check that it runs and that MTREC_DB is right."
        )
    return StorageError(f"The database server {name} refused: {first_line}.")


def _to_json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False, default=_scalar)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, default=_scalar)


def _scalar(value: Any) -> Any:
    """A NumPy number as Python's own."""
    if hasattr(value, "item"):
        return _finite(value.item())
    raise TypeError(f"{type(value).__name__} can't be stored as JSON")


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity; they become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value
