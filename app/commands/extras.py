"""Packages that only some commands need, and an extra installs."""

from importlib.util import find_spec

import typer

MISSING = 2
"""What a command exits with that lacks its extra."""


def needs(extra: str, *packages: str) -> None:
    """Go on if the packages are installed.

    Raises:
        Exit: with code 2, if one is not; which extra to install is on standard error.
    """
    lacking = [name for name in packages if find_spec(name) is None]
    if lacking:
        typer.echo(
            f"Error: {', '.join(lacking)}: not installed; "
            f"this command needs the extra `{extra}`: install fathom-serve[{extra}]",
            err=True,
        )
        raise typer.Exit(MISSING)
