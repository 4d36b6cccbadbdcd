"""`fathom serve`: the HTTP service, and the model servers it is told to start."""

import shlex
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.address import http_url
from app.commands.options import ConfigFlag, EngineFlag
from app.commands.running import foreseen, run
from app.keys.wanted import check_before, keys_wanted
from app.logs import configure_logs
from app.reading import WrongSettings, read, read_again
from app.server import serve as serve_http
from app.service import Service
from app.settings import Settings
from engines.served import Role, command_line, free_port, supervised, vllm_command

PRM_SCORERS = ("prm", "confidence", "vote")
"""The chain of scorers where a process reward model is given by a flag."""


@dataclass(frozen=True, slots=True)
class _Server:
    """One vLLM server to start."""

    role: Role
    port: int
    command: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen at.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 for any that is free.")] = None,
    engine_url: EngineFlag = None,
    prm_url: Annotated[
        str | None, typer.Option(callback=http_url, metavar="URL", help="A PRM server to judge.")
    ] = None,
    gguf: Annotated[
        Path | None, typer.Option(exists=True, help="A GGUF file for the embedded engine.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Start vLLM with this model to draw.")] = None,
    prm: Annotated[str | None, typer.Option(help="Start vLLM with this PRM to judge.")] = None,
    model_args: Annotated[str, typer.Option(help="Arguments for the model's vLLM.")] = "",
    prm_args: Annotated[str, typer.Option(help="Arguments for the PRM's vLLM.")] = "",
    vllm_command_: Annotated[
        str | None, typer.Option("--vllm-command", help="What starts vLLM, if not `vllm serve`.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Print what would be started, and end.")] = False,
    config: ConfigFlag = None,
) -> None:
    """Serve the API, in front of the embedded model, running servers, or servers it starts."""
    with foreseen():
        servers = [
            *_server("generator", model, model_args, vllm_command_),
            *_server("prm", prm, prm_args, vllm_command_),
        ]
    urls = {server.role: server.url for server in servers}
    engine: dict[str, Any] | None = {"kind": "llamacpp", "model": gguf} if gguf else None
    if url := engine_url or urls.get("generator"):
        engine = {"kind": "vllm", "url": url}
    flags = {"host": host, "port": port, "engine": engine, "config": config}
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    prm_at = prm_url or urls.get("prm")
    try:
        settings = _with_prm(read, given, prm_at)
    except WrongSettings as error:
        raise typer.BadParameter(f"the settings are wrong: {error}") from error
    if dry_run:
        for server in servers:
            typer.echo(shlex.join(server.command))
        raise typer.Exit
    configure_logs()

    def again() -> Settings:
        return _with_prm(lambda given: read_again(given, settings.config), given, prm_at)

    run(_serve(settings, servers, again))


def _server(role: Role, model: str | None, arguments: str, command: str | None) -> list[_Server]:
    if model is None:
        return []
    port = free_port()
    start = vllm_command(command)
    return [_Server(role, port, command_line(start, role, model, port, shlex.split(arguments)))]


def _with_prm(
    read: Callable[[Mapping[str, Any]], Settings], given: Mapping[str, Any], url: str | None
) -> Settings:
    """Read the settings, with the process reward model at `url`, if that is given, to judge.

    Raises:
        WrongSettings: they cannot be used.
    """
    settings = read(given)
    if url is None:
        return settings
    scorers = {**settings.judges, "prm": {"kind": "prm_pooling", "url": url}}
    return read({**given, "scorers": scorers, "scorer": PRM_SCORERS})


async def _serve(settings: Settings, servers: list[_Server], again: Callable[[], Settings]) -> None:
    # vLLM may take minutes to come up.
    await check_before(settings)
    async with AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(supervised(server.role, server.command, server.url))
        await serve_http(settings, announce, again)


def announce(url: str, service: Service) -> None:
    """Say what was started, where, and how to ask it."""
    settings, engine = service.settings, service.engine.capabilities
    route = "token ids" if engine.token_ids else "text"
    body = '{"model": "fathom", "messages": [{"role": "user", "content": "What is 6 * 7?"}]}'
    lines = (
        "",
        f"  engine   {settings.engine.kind}, by {route}",
        f"  model    {engine.model}",
        f"  scorer   {', then '.join(settings.chain)}",
        *(f"  further  {name}" for name in service.named),
        f"  address  {url}/v1",
        f"  page     {url}/",
        "",
        f"  curl -s {url}/v1/chat/completions -H 'content-type: application/json' \\",
        *(['    -H "authorization: Bearer $OPENAI_API_KEY" \\'] if keys_wanted(settings) else []),
        f"    -d '{body}'",
        "",
    )
    typer.echo("\n".join(lines))
