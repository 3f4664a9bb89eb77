"""What alembic runs: the revisions, on the connection and in the transaction that `store.migrate` opened."""

from alembic import context

from mtrec_core.store.migrate import VERSION_TABLE
from mtrec_core.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
