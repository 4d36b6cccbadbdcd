"""From a configuration to an engine that is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, TypeAlias

from pydantic import Field

from engines.base import Engine
from engines.http import Carried, Transport, nothing
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.probe import VllmConfig, probe, root_of

EngineConfig: TypeAlias = Annotated[LlamaCppConfig | VllmConfig, Field(discriminator="kind")]


@asynccontextmanager
async def open_engine(config: EngineConfig, carried: Carried = nothing) -> AsyncIterator[Engine]:
    """Start the embedded engine, or connect to the server configured and probe it.

    Args:
        config: which, and how.
        carried: headers that calls of the server take along.

    Raises:
        EngineError: it could not be started, or not be reached.
    """
    if isinstance(config, LlamaCppConfig):
        async with open_llamacpp(config) as engine:
            yield engine
    else:
        async with open_vllm(config, carried) as engine:
            yield engine


@asynccontextmanager
async def open_vllm(config: VllmConfig, carried: Carried = nothing) -> AsyncIterator[Engine]:
    """Connect to a server that runs already, and find out what it can do.

    Raises:
        EngineError: it could not be reached.
    """
    key = config.api_key.get_secret_value() if config.api_key else None
    async with Transport(root_of(config.url), api_key=key, carried=carried) as transport:
        yield await probe(transport, config)
