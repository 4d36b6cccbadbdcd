"""The settings as they are now, or one sentence on what is wrong with them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.misspelt import settings_sentence
from app.settings import Settings


class WrongSettings(Exception):
    """The file, the environment or a flag cannot be used, and why."""


def read(given: Mapping[str, Any]) -> Settings:
    """Read the file and the environment, with what is given in place of what they say.

    Raises:
        WrongSettings: they cannot be used.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise WrongSettings(settings_sentence(error)) from error
    except yaml.YAMLError as error:
        raise WrongSettings(f"the file is no YAML: {' '.join(str(error).split())}") from error


def read_again(given: Mapping[str, Any], file: Path | None) -> Settings:
    """Read them once more, from a file that must still be there: without it all would be defaults.

    Raises:
        WrongSettings: they cannot be used.
    """
    if file is not None and not file.is_file():
        raise WrongSettings(f"the file {file} is not there")
    return read(given)
