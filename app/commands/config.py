"""`fathom config`: whether the settings can be used, what they are, and which there are."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml
from pydantic import SecretStr

from app.commands.options import ConfigFlag
from app.misspelt import unknown_variables
from app.reading import WrongSettings, read
from app.settings import Settings

config = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Check the settings, show them, or print their JSON schema.",
)


@config.command()
def check(*, config: ConfigFlag = None) -> None:
    """Say whether the file and the environment can be used; nothing is started or asked."""
    settings = _read(config)
    for wrong in unknown_variables(os.environ):
        _refuse(wrong)
    typer.echo(f"settings  {settings.config or 'no file'}, and the environment: these can be used")
    typer.echo(f"engine    {settings.engine.kind}")
    typer.echo(f"scorer    {', then '.join(settings.chain)}")
    typer.echo(f"models    {', '.join(settings.further) or 'no further ones'}")
    typer.echo(f"sandbox   {settings.sandbox.kind}")


@config.command()
def show(
    *,
    config: ConfigFlag = None,
    redacted: Annotated[
        bool, typer.Option("--redacted/--with-secrets", help="Whether keys are left out.")
    ] = True,
) -> None:
    """Print all settings as YAML, from wherever they come, defaults among them."""
    plain = _plain(_read(config).model_dump(), redacted=redacted)
    typer.echo(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), nl=False)


@config.command()
def schema() -> None:
    """Print the JSON schema of the file, for editors that complete and check it."""
    typer.echo(json.dumps(published(), indent=2))


def published() -> dict[str, Any]:
    """Return the JSON schema of the settings."""
    known = Settings.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **known}


def _read(file: Path | None) -> Settings:
    try:
        return read({} if file is None else {"config": file})
    except WrongSettings as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    typer.echo(f"Error: {why}", err=True)
    raise typer.Exit(1)


def _plain(value: object, *, redacted: bool) -> object:
    """Return a value as YAML has it."""
    if isinstance(value, SecretStr):
        return str(value) if redacted else value.get_secret_value()
    if isinstance(value, Mapping):
        return {str(key): _plain(one, redacted=redacted) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one, redacted=redacted) for one in value]
    return str(value) if isinstance(value, Path) else value
