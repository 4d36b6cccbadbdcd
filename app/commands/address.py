"""Addresses on the command line."""

import typer


def http_url(url: str | None) -> str | None:
    """Return a flag's value if it is an address to ask over HTTP, or not given."""
    if url is not None and not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} does not begin with http:// or https://")
    return url
