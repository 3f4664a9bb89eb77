"""Brings a database to this program's schema, or says why it can't. No torch here."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from mtrec_core.errors import UserError
from mtrec_core.store.database import Database, display
from mtrec_core.store.models import SCHEMA_REVISION, Base

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "mtrec_schema"
"""Not alembic's usual name: another program on the same server may have that one."""

_LOCK = 7_240_118
"""Key of the advisory lock that lets one process migrate at a time on PostgreSQL."""


def upgrade(database: Database, revision: str = SCHEMA_REVISION) -> None:
    """Creates the tables or alters those of an older version, in one transaction; the rows stay.

    UserError when a newer version wrote the database, or when it holds another program's tables.
    """
    with database.sentences(), database.engine.connect() as connection:
        if _current(connection) == revision:
            return
    with database.writing() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        current = _current(connection)
        if current == revision:  # another process was first
            return
        if current is None:
            _refuse_foreign_tables(connection, database)
        # Alembic is slow to import and not needed to open a database that is up to date.
        from alembic import command
        from alembic.script import ScriptDirectory

        config = alembic_config(connection)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise UserError(
                f"The database {display(database.url)} was written by a newer version of this program "
                f"(its schema is {current}, this version knows up to {SCHEMA_REVISION}). "
                "Update the program, or let MTREC_HOME or MTREC_DB name another place."
            )
        command.upgrade(config, revision)


def alembic_config(connection: Connection) -> "Config":
    """Alembic's settings for a connection that is in a transaction already."""
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()


def _refuse_foreign_tables(connection: Connection, database: Database) -> None:
    clash = sorted(set(inspect(connection).get_table_names()) & set(Base.metadata.tables))
    if clash:
        raise UserError(
            f"The database {display(database.url)} holds tables of another program ({', '.join(clash)}). "
            "Let MTREC_DB name an empty one."
        )
