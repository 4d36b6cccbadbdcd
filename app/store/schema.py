"""The tables as they are, and as they should be: alembic's migrations, run in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from app.store.errors import OtherVersion

_LOCK = 7_232_847
"""Of Postgres's advisory locks, the one held while tables are changed."""


def upgrade(connection: Connection) -> None:
    """Bring the tables of a database up to date; several processes may try at once.

    Raises:
        OtherVersion: they are of one that this code does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise OtherVersion(
            f"the database's tables are at version {version_of(connection)}, which this program, "
            f"of {newest()}, does not know: a newer one made them"
        ) from error


def check(connection: Connection) -> None:
    """Return if the tables are those of this version.

    Raises:
        OtherVersion: they are older, or newer.
    """
    found, wanted = version_of(connection), newest()
    if found != wanted:
        raise OtherVersion(
            f"the database's tables are at version {found or 'none'}, and this is {wanted}; bring "
            "them up to date with `fathom database upgrade`"
        )


def version_of(connection: Connection) -> str | None:
    """Return the version the tables are at; `None` if there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the version that this code has use for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config
