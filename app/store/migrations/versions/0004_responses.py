"""Responses, and the events of those in the background."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "responses",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("used", sa.Double, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("background", sa.Boolean, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("input", sa.JSON, nullable=False),
        sa.Column("chain", sa.JSON, nullable=False),
        sa.Column("request", sa.JSON),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Index("ix_responses_used", "used"),
    )
    op.create_table(
        "response_events",
        sa.Column(
            "response",
            sa.String(64),
            sa.ForeignKey("responses.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("event", sa.JSON, nullable=False),
    )
