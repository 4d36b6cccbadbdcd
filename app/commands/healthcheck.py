"""`fathom healthcheck`: whether a service answers, for containers that ask by a command."""

import os
import urllib.request
from typing import Annotated
from urllib.error import HTTPError

import typer

from app.commands.address import http_url

_PATIENCE_SECONDS = 5


def healthcheck(
    url: Annotated[
        str | None,
        typer.Option("--url", callback=http_url, help="Where the service listens, if not here."),
    ] = None,
) -> None:
    """Exit with code 0 if the service answers, with 1 if it does not."""
    # Not read from the settings: importing those takes longer than the check.
    url = url or f"http://127.0.0.1:{os.environ.get('FATHOM_PORT', '8000')}"
    # Without proxies: the service is asked, not what stands before it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url.rstrip('/')}/health", timeout=_PATIENCE_SECONDS):
            typer.echo(f"{url} answers")
    except HTTPError as error:
        error.close()
        typer.echo(f"{url} is not healthy: {error}", err=True)
        raise typer.Exit(1) from error
    except (OSError, ValueError) as error:
        typer.echo(f"{url} does not answer: {error}", err=True)
        raise typer.Exit(1) from error
