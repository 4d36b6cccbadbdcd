"""Files of one JSON object a line, read line by line; an error names the line."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from training.examples import ExampleError

_MARK = b"\xef\xbb\xbf"
_POINTER = b"version https://git-lfs.github.com/spec/"


def numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    """Read the lines of a file that are not blank, each with its number.

    Raises:
        ExampleError: the file cannot be read, or is what Git LFS keeps in place of one.
    """
    try:
        with path.open("rb") as file:
            first = file.readline().removeprefix(_MARK)
            if first.startswith(_POINTER):
                raise ExampleError(path, None, "is a pointer of Git LFS; `git lfs pull` fetches it")
            for number, line in enumerate(chain((first,), file), 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise ExampleError(path, None, f"cannot be read: {error.strerror}") from error


@contextmanager
def at_line(path: Path, number: int) -> Iterator[None]:
    """Say of a line that it is not what it must be.

    Raises:
        ExampleError: in place of a `ValidationError`; names the line and the field.
    """
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise ExampleError(path, number, f"{where}: {what}" if where else what) from error
