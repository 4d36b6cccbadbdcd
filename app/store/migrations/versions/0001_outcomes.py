"""Answers, and what was said of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table, where a version without migrations has not."""
    if sa.inspect(op.get_bind()).has_table("outcomes"):
        return
    op.create_table(
        "outcomes",
        sa.Column("trace", sa.String(64), primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("model", sa.String, nullable=False, index=True),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("strategy", sa.JSON, nullable=False),
        sa.Column("budget_tokens", sa.Integer),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("estimator", sa.String),
        sa.Column("ease", sa.Double),
        sa.Column("bin", sa.Integer),
        sa.Column("chosen", sa.JSON),
        sa.Column("action", sa.String),
        sa.Column("left_tokens", sa.Double),
        sa.Column("right", sa.Boolean),
    )
