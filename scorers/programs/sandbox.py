"""The sandbox, as those see it who need a program run: ask, and hear how it went.

Knows where the sandbox is: a child process of ours that is started when it is first needed, a
server of somebody else's, or nowhere. Knows nothing of tests.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from types import TracebackType
from typing import Annotated, Literal, Protocol, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from engines.child import Child, Patience
from engines.errors import EngineError, EngineUnavailable
from engines.http import Transport
from engines.tasks import Beside
from sandbox.wire import Executed, Execution
from scorers.base import ScorerUnavailable

_NOWHERE = "http://127.0.0.1:0"
_KEY = "FATHOM_SANDBOX_KEY"
_COMMAND = (sys.executable, "-P", "-m", "sandbox", "--host", "127.0.0.1", "--port", "0")
_PATIENCE = Patience(start=60.0)
_AT_ONCE = 32
_SHOWN = 1_000


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OwnSandboxConfig(_Config):
    """A sandbox that is a child process of the service, started when it is first needed."""

    kind: Literal["own"] = "own"


class SandboxServerConfig(_Config):
    """A sandbox that runs elsewhere."""

    kind: Literal["server"] = "server"
    url: str = Field(pattern=r"^https?://", description="what `/execute` is appended to")
    api_key: SecretStr | None = Field(default=None, description="sent as a bearer token")


class NoSandboxConfig(_Config):
    """No sandbox: nothing is run."""

    kind: Literal["none"] = "none"


SandboxConfig: TypeAlias = Annotated[
    OwnSandboxConfig | SandboxServerConfig | NoSandboxConfig, Field(discriminator="kind")
]


class Sandbox(Protocol):
    """Where programs are run that nobody vouches for."""

    async def execute(self, execution: Execution) -> Executed:
        """Run a program, and say how that went. Cancelling the call ends the run.

        Raises:
            ScorerUnavailable: it could not be run at all.
        """
        ...


class Nowhere:
    """No sandbox: what asks it is told so."""

    async def execute(self, execution: Execution) -> Executed:  # noqa: ARG002 - the protocol's
        """Refuse; see `Sandbox.execute`."""
        raise ScorerUnavailable(
            "programs are not run here: the setting `sandbox` is none", unspent=True
        )


NOWHERE = Nowhere()


class SandboxServer:
    """A sandbox behind HTTP; at most 32 runs are asked for at once, and others wait."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._names = count(1)

    async def execute(self, execution: Execution) -> Executed:
        """Run a program; see `Sandbox.execute`. A sandbox that is busy is asked again."""
        try:
            async with self._room:
                answer = await self._transport.post(
                    "/execute",
                    execution.model_dump(mode="json"),
                    request_id=f"run-{next(self._names)}",
                )
            return Executed(**answer)
        except EngineError as error:
            raise _unavailable(error, unspent=error.unspent) from error
        except (TypeError, ValueError, ValidationError) as error:
            raise ScorerUnavailable("the sandbox answered something that is no run") from error


class OwnSandbox:
    """A sandbox in a child process, which the first run starts, for use inside `async with`.

    It is started again when it ends, and never left behind; see `engines.child`.

    Args:
        command: starts the sandbox; it says its address as `python -m sandbox` does.
    """

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._key = secrets.token_urlsafe(32)
        self._transport = Transport(_NOWHERE, api_key=self._key)
        self._server = SandboxServer(self._transport)
        self._wanted, self._started = asyncio.Event(), asyncio.Event()
        self._child = Child(
            command,
            name="sandbox",
            healthy=self._healthy,
            env={_KEY: self._key},
            hear=self._hear,
            patience=_PATIENCE,
        )
        self._keeping = Beside(self._keep)

    async def __aenter__(self) -> Self:
        await self._keeping.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._keeping.__aexit__(kind, error, trace)

    async def execute(self, execution: Execution) -> Executed:
        """Run a program; see `Sandbox.execute`.

        Raises:
            ScorerUnavailable: the sandbox does not start, and why: its own tests may fail here.
        """
        self._wanted.set()
        await self._started.wait()
        try:
            await self._child.ready()
        except EngineUnavailable as error:
            raise _unavailable(error, unspent=True) from error
        return await self._server.execute(execution)

    async def _keep(self) -> None:
        # A child must be left by the task that entered it, which no request is.
        await self._wanted.wait()
        async with self._transport, self._child:
            self._started.set()
            await asyncio.Event().wait()

    async def _healthy(self) -> None:
        await self._transport.get("/health")

    def _hear(self, line: str) -> None:
        if line.startswith('{"address": '):
            self._transport.move_to(json.loads(line)["address"])


@asynccontextmanager
async def open_sandbox(config: SandboxConfig) -> AsyncIterator[Sandbox]:
    """Give the sandbox that is configured, usable until the context ends; nothing is run yet."""
    match config:
        case OwnSandboxConfig():
            async with OwnSandbox() as own:
                yield own
        case SandboxServerConfig():
            key = config.api_key.get_secret_value() if config.api_key else None
            async with Transport(config.url, api_key=key) as transport:
                yield SandboxServer(transport)
        case NoSandboxConfig():
            yield NOWHERE


def _unavailable(error: EngineError, *, unspent: bool) -> ScorerUnavailable:
    """Say in a line what is wrong: the last that the sandbox said, where it ended."""
    what, *said = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = f"{what}: {said[-1][:_SHOWN]}" if said else what
    return ScorerUnavailable(f"the sandbox cannot be used: {reason}", unspent=unspent)
