"""Searches and completions that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "traces",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created", sa.Double, nullable=False, index=True),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("strategy", sa.String(64), nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("stop", sa.String(16), nullable=False),
        sa.Column("generated", sa.Integer, nullable=False),
        sa.Column("discarded", sa.Integer, nullable=False),
        sa.Column("verifier", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("flops", sa.Double, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
    )
    op.create_index("ix_traces_owner_created", "traces", ["owner", "created"])
    op.create_table(
        "trace_words",
        sa.Column("trace", sa.String(64), _of("traces"), primary_key=True),
        sa.Column("recorded", sa.LargeBinary, nullable=False),
        sa.Column("told", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "completions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created", sa.Double, nullable=False, index=True),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_completions_owner_created", "completions", ["owner", "created"])
    op.create_table(
        "completion_metadata",
        sa.Column("completion", sa.String(64), _of("completions"), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.String(512), nullable=False),
    )


def _of(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
