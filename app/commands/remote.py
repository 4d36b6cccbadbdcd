"""A service that runs already, asked over HTTP."""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError

import typer

_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a service listens, and the key it is asked with, if it wants one."""

    url: str
    key: str | None

    @classmethod
    def of(cls, url: str | None, key_env: str | None) -> "Remote":
        """Return the service at an address, or the one on this machine."""
        key = None if key_env is None else os.environ.get(key_env)
        if key_env is not None and not key:
            raise typer.BadParameter(f"{key_env} is not set in the environment")
        where = url or f"http://127.0.0.1:{os.environ.get('FATHOM_PORT', '8000')}"
        return cls(where.rstrip("/").removesuffix("/v1"), key)

    def ask(self, method: str, path: str) -> bytes:
        """Return what the service answers.

        Raises:
            Exit: with code 1 if it refuses, or does not answer; why is on standard error.
        """
        headers = {} if self.key is None else {"authorization": f"Bearer {self.key}"}
        # Addresses begin with http:// or https://: flags are checked.
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}{path}", method=method, headers=headers
        )
        # Without proxies: the service is asked, not what stands before it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with _refusals(self.url), opener.open(request, timeout=_PATIENCE_SECONDS) as response:
            content: bytes = response.read()
            return content

    def tell(self, method: str, path: str) -> dict[str, Any]:
        """Return the object that the service answers; see `ask`."""
        told: dict[str, Any] = json.loads(self.ask(method, path))
        return told


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    """Turn what a service refuses into its own sentence, and code 1."""
    try:
        yield
    except HTTPError as error:
        with error:
            typer.echo(f"Error: {_sentence(error.read()) or error}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"Error: {url} does not answer: {error}", err=True)
        raise typer.Exit(1) from error


def _sentence(body: bytes) -> str | None:
    """Return what an error object says; nothing if that is none."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return None
