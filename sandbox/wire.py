"""What is asked of a sandbox and what it answers: the JSON of `POST /execute`.

Knows no way to run anything. Client and server both read these classes, so they cannot disagree.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

MEBIBYTE = 1 << 20

Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")]
"""A file's name: no folder, and nothing that a folder could be meant by."""

Ended: TypeAlias = Literal["exit", "signal", "time", "cpu", "memory", "output"]
"""Why a run ended: by itself, by a signal, or by the limit of that name."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Frozen):
    """What one run may use; the server's own limits hold besides, and are never exceeded."""

    seconds: float = Field(default=10.0, gt=0, le=120, description="of wall-clock time")
    cpu_seconds: int = Field(default=10, ge=1, le=120, description="of processor time, a process")
    memory_bytes: int = Field(
        default=512 * MEBIBYTE, ge=32 * MEBIBYTE, le=8192 * MEBIBYTE, description="a process"
    )
    disk_bytes: int = Field(
        default=16 * MEBIBYTE, ge=MEBIBYTE, le=1024 * MEBIBYTE, description="of all files written"
    )
    output_bytes: int = Field(
        default=MEBIBYTE, ge=1024, le=64 * MEBIBYTE, description="of stdout and stderr, each"
    )
    processes: int = Field(default=64, ge=1, le=256, description="and threads, at once")


class File(_Frozen):
    """A text file that the program finds in the folder it starts in."""

    name: Name
    content: str = Field(max_length=16 * MEBIBYTE)


class Execution(_Frozen):
    """One run: the first file is the program."""

    language: Literal["python"] = "python"
    files: tuple[File, ...] = Field(min_length=1, max_length=32)
    stdin: str = Field(default="", max_length=16 * MEBIBYTE)
    limits: Limits = Limits()


class Executed(_Frozen):
    """How a run went.

    Attributes:
        stdout: what it printed, as far as the limit let it; bytes that are not UTF-8 are replaced.
        stderr: likewise.
        exit_code: of the program; `None` if it did not come to one.
        signal: the number of the signal that ended it, if one did.
        ended: why it ended.
        seconds: of wall-clock time, from the program's start.
        memory_bytes: the most memory that its largest process had.
    """

    stdout: str
    stderr: str
    exit_code: int | None
    signal: int | None
    ended: Ended
    seconds: float
    memory_bytes: int
