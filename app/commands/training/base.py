"""What a model is made of: a directory, a GGUF file, or the model that comes along."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.extras import needs
from engines.llamacpp import shipped_model

if TYPE_CHECKING:
    from training.tuning.models import Base


def base_of(path: Path | None) -> "Base | Path":
    """Return the base that `--base` names; a GGUF file is unpacked, which takes seconds.

    Raises:
        Exit: a package is missing; why is on standard error.
        BadBase: transformers makes no language model of it.
        EngineUnavailable: the model that comes along is not installed.
    """
    if path is not None and path.is_dir():
        return path
    needs("train", "torch", "transformers", "gguf", "accelerate")
    from training.tuning.unpacked import unpacked  # noqa: PLC0415 torch takes seconds

    return unpacked(shipped_model() if path is None else path)
