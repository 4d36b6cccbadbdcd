"""Tensors in the safetensors files of a folder, read one at a time.

The format is a length of 8 bytes, JSON that says where each tensor is, and the numbers. It is read
here, for numpy has no bfloat16, which most models are saved in: it is the upper half of a float32.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from training.gguf.errors import NotWritable

Numbers: TypeAlias = npt.NDArray[np.float32]
_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_LENGTH = 8
_KINDS: Mapping[str, Any] = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor where it is: of `kind`, from byte `begin` of `file`."""

    file: Path
    begin: int
    kind: str
    shape: tuple[int, ...]

    def numbers(self) -> Numbers:
        """Read it, whatever it is stored as."""
        read = np.fromfile(
            self.file, _KINDS[self.kind], count=prod(self.shape), offset=self.begin
        ).reshape(self.shape)
        if self.kind == "BF16":
            return (read.astype(np.uint32) << 16).view(np.float32)
        return read.astype(np.float32)


def stored(directory: Path) -> dict[str, Stored]:
    """Return all tensors of a folder's model by their names, in the order they are stored.

    Raises:
        NotWritable: there are none, or they are of numbers that are not read, quantised ones say.
    """
    try:
        files = _files(directory)
        found = {name: one for file in files for name, one in _in(file).items()}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise NotWritable(directory, f"its safetensors cannot be read: {error}") from error
    for name, one in found.items():
        if one.kind not in _KINDS:
            raise NotWritable(directory, f"{name} is of {one.kind}, none of {', '.join(_KINDS)}")
    return found


def _files(directory: Path) -> list[Path]:
    index = directory / _INDEX
    if not index.exists():
        return [directory / _SINGLE]
    named: Mapping[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    return [directory / Path(name).name for name in sorted(set(named.values()))]


def _in(file: Path) -> dict[str, Stored]:
    with file.open("rb") as begun:
        length = int.from_bytes(begun.read(_LENGTH), "little")
        if length > file.stat().st_size:
            raise ValueError(f"{file.name} is cut off")
        header = json.loads(begun.read(length))
    header.pop("__metadata__", None)
    begins = _LENGTH + length
    found = {
        name: Stored(file, begins + told["data_offsets"][0], told["dtype"], tuple(told["shape"]))
        for name, told in header.items()
    }
    ends = max((told["data_offsets"][1] for told in header.values()), default=0)
    if begins + ends > file.stat().st_size:
        raise ValueError(f"{file.name} is cut off")
    return found
