"""Settings of a training from flags and from a file, over which flags take precedence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import typer
import yaml
from pydantic import BaseModel, ValidationError
from typer.models import OptionInfo

T = TypeVar("T", bound=BaseModel)

Whole: TypeAlias = int | None
Number: TypeAlias = float | None
Word: TypeAlias = str | None

BaseFlag: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--base",
        exists=True,
        help="A directory of transformers or a GGUF file: the model it is made of. If not given, "
        "the one that comes along.",
    ),
]
SettingsFlag: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config", exists=True, dir_okay=False, help="A YAML file of the settings below."
    ),
]


def flag(settings: type[BaseModel], name: str, metavar: str | None = None) -> OptionInfo:
    """Return the flag of a setting, with the setting's own words."""
    said = settings.model_fields[name].description or ""
    word = f"--{name.replace('_', '-')}"
    return OptionInfo(
        default=..., param_decls=(word,), help=f"{said[:1].upper()}{said[1:]}.", metavar=metavar
    )


def read_settings(settings: type[T], file: Path | None, flags: Mapping[str, Any]) -> T:
    """Put flags together with a file of settings; a flag that is `None` was not given.

    Raises:
        BadParameter: there is no such setting, or it makes no sense.
    """
    known = {name: value for name, value in flags.items() if name in settings.model_fields}
    given = {name: value for name, value in known.items() if value is not None}
    try:
        return settings.model_validate({**_read(file), **given})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise typer.BadParameter(f"there is no setting `{where}`") from error
        said = first["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(f"`{where}`: {said}" if where else said) from error


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise typer.BadParameter(f"{file} is no YAML: {error}") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} has no settings by name")
    return found
