"""What alembic runs: migrations over the connection it is given, in that one's transaction."""

from alembic import context

from app.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite cannot change a table in place: it is copied.
    render_as_batch=True,
)
context.run_migrations()
