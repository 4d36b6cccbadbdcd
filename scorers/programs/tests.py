"""Tests of a program, as requests and data sets give them. Knows no way to run them."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Source: TypeAlias = Annotated[str, Field(min_length=1, max_length=100_000)]
Identifier: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,99}$")]


class _Test(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AssertTest(_Test):
    """Statements that are run after the program, and pass if they raise nothing: MBPP's shape."""

    kind: Literal["assert"] = "assert"
    code: Source


class CallTest(_Test):
    """A call, and the value it is to return: LiveCodeBench's "functional" shape.

    Without a function of that name, it is the method of the program's class `Solution`. A tuple
    equals a list of the same, as JSON has no tuples.
    """

    kind: Literal["call"] = "call"
    function: Identifier
    arguments: tuple[JsonValue, ...] = ()
    returns: JsonValue


class StdioTest(_Test):
    """What the program reads, and what it is to print: LiveCodeBench's "stdin" shape."""

    kind: Literal["stdio"] = "stdio"
    stdin: str = Field(default="", max_length=4_000_000)
    stdout: str = Field(max_length=4_000_000)


class CheckTest(_Test):
    """Code that defines `check(candidate)`, which is called with a function: HumanEval's shape."""

    kind: Literal["check"] = "check"
    code: Source
    entry_point: Identifier


AnyTest: TypeAlias = Annotated[
    AssertTest | CallTest | StdioTest | CheckTest, Field(discriminator="kind")
]
