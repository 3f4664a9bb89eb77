"""Runs get a number, notes of people, a place in the queue and their progress; supervisors are known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("starred", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("queue_place", sa.Double(), nullable=False, server_default="0"),
        sa.Column("slot", sa.Text(), nullable=False, server_default=""),
        sa.Column("more_epochs", sa.Double(), nullable=False, server_default="0"),
        sa.Column("weights_now", sa.JSON(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
    ):
        op.add_column("runs", column)
    runs = sa.table(
        "runs", sa.column("id"), sa.column("created"), sa.column("number"), sa.column("queue_place")
    )
    connection = op.get_bind()
    known = connection.scalars(sa.select(runs.c.id).order_by(runs.c.created, runs.c.id)).all()
    for number, run_id in enumerate(known, 1):
        numbered = sa.update(runs).where(runs.c.id == run_id)
        connection.execute(numbered.values(number=number, queue_place=float(number)))
    op.create_index("ix_runs_number", "runs", ["number"], unique=True)
    op.create_table(
        "supervisors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("create_time", sa.Double(), nullable=False),
        sa.Column("started", Time, nullable=False),
        sa.Column("beat", Time, nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_supervisors"),
        sa.UniqueConstraint("host", "home", name="uq_supervisors_host_home"),
    )
