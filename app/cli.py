"""`fathom`: the commands, put together."""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from scorers.plugins import PluginError

_COMMANDS = {
    "serve": ("app.commands.serve", "serve"),
    "ask": ("app.commands.ask", "ask"),
    "score": ("app.commands.score", "score"),
    "eval": ("app.commands.evaluate", "evaluate_dataset"),
    "exchange": ("app.commands.exchange", "exchange"),
    "curve": ("app.commands.curve", "curve_of"),
    "compare": ("app.commands.compare", "compare_runs"),
    "backtranslate": ("app.commands.backtranslate", "backtranslate"),
    "diversity": ("app.commands.diversity", "diversity_of"),
    "tokens": ("app.commands.tokens", "tokens_of"),
    "calibrate": ("app.commands.calibrate", "calibrate"),
    "calibrate-scorer": ("app.commands.calibrate_scorer", "calibrate_scorer"),
    "ifd": ("app.commands.ifd", "ifd"),
    "label": ("app.commands.label", "label"),
    "train-head": ("app.commands.train_head", "train_head"),
    "train": ("app.commands.train", "train"),
    "lab": ("app.commands.lab", "lab"),
    "replay": ("app.commands.replay", "replay"),
    "export": ("app.commands.export", "export_traces"),
    "traces": ("app.commands.traces", "traces"),
    "strategies": ("app.commands.strategies", "strategies"),
    "sandbox": ("app.commands.sandbox", "sandbox"),
    "keys": ("app.commands.keys", "keys"),
    "config": ("app.commands.config", "config"),
    "database": ("app.commands.database", "database"),
    "doctor": ("app.commands.doctor", "doctor"),
    "healthcheck": ("app.commands.healthcheck", "healthcheck"),
}
"""The module of each command, and its function, or its own commands."""


def create_cli() -> typer.Typer:
    """Make the command line. A context's object, where a test gives one, opens the service."""
    cli = typer.Typer(name="fathom", cls=_Commands, no_args_is_help=True, **_PLAIN)
    cli.callback()(_fathom)
    return cli


def main() -> None:
    """Run the command that the process was started with."""
    try:
        create_cli()()
    except PluginError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)


_PLAIN: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}


class _Commands(TyperGroup):
    """Imports a command when it is wanted, so that a health check does not wait for a service."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, function = _COMMANDS[cmd_name]
        found = getattr(import_module(module), function)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        alone = typer.Typer(**_PLAIN)
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fathom {version('fathom-serve')}")
        raise typer.Exit


def _fathom(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which version."),
    ] = False,
) -> None:
    """Answer questions by searching at inference time, under a compute budget."""
