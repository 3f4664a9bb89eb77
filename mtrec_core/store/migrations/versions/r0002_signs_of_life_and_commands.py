"""Which process works on a run and when it last showed a sign of life; what people ask of a running run."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("runs", sa.Column("pid", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("process_created", sa.Double(), nullable=True))
    op.add_column("runs", sa.Column("host", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("beat", Time, nullable=True))
    op.create_table(
        "commands",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created", Time, nullable=False),
        sa.Column("applied_at", Time, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_commands"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_commands_run_id"),
    )
    op.create_index("ix_commands_run_id_applied_at", "commands", ["run_id", "applied_at"])
