"""`fathom database`: the tables of what outlives a request, looked at, or brought up to date."""

import typer

from app.commands.options import ConfigFlag, read_settings
from app.commands.running import run
from app.opening import make_folder
from app.settings import Settings
from app.store import OtherVersion, open_store, version_at
from app.store.schema import newest

database = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Look at the tables of `database`, or bring them up to date.",
)


@database.command()
def check(*, config: ConfigFlag = None) -> None:
    """Say which version the tables are at; exit with code 1 unless it is this program's."""
    where = _where(read_settings(config, None))
    run(_check(where))


@database.command()
def upgrade(*, config: ConfigFlag = None) -> None:
    """Bring the tables up to date, or make them; nothing is done where they are."""
    where = _where(read_settings(config, None))
    run(_upgrade(where))


def _where(settings: Settings) -> str:
    if settings.database is None:
        typer.echo("Error: `database` is null: there are no tables", err=True)
        raise typer.Exit(1)
    return settings.database


async def _check(where: str) -> None:
    found, wanted = await version_at(where), newest()
    if found != wanted:
        raise OtherVersion(
            f"the tables are at version {found or 'none'}, and this is {wanted}: run `fathom "
            "database upgrade`"
        )
    typer.echo(f"the tables are at version {found}, as they should be")


async def _upgrade(where: str) -> None:
    make_folder(where)
    before = await version_at(where)
    async with open_store(where, upgrading=True) as store:
        after = await store.version()
    changed = "as before" if before == after else f"and were at {before or 'none'}"
    typer.echo(f"the tables are at version {after}, {changed}")
