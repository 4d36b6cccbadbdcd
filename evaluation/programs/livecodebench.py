"""LiveCodeBench's questions, arXiv:2403.07974: programs that are called, or that read and write.

Hidden tests are packed there as a pickled text. Nothing but a text is ever unpickled.
"""

import base64
import io
import json
import pickle
import zlib
from typing import NoReturn

from pydantic import JsonValue
from typing_extensions import override

from evaluation.entries import Entry, Lacking, Shaped, for_program, text_of
from evaluation.programs.task import ProgramTask
from scorers.programs.tests import AnyTest, CallTest, StdioTest

_LARGEST_BYTES = 1 << 28
"""Of hidden tests once unpacked: what is packed may unfold to anything."""


def livecodebench(entry: Entry) -> Shaped:
    """Return what an entry asks, and its tests.

    Raises:
        Lacking: it has not what it must have.
    """
    name = _function(entry)
    public = _cases(entry, "public_test_cases", name)
    private = _cases(entry, "private_test_cases", name)
    if not public and not private:
        raise Lacking("has no test cases")
    text, starter = text_of(entry, "question_content"), entry.get("starter_code")
    if isinstance(starter, str) and starter.strip():
        text += f"\n\nBegin with this:\n```python\n{starter.rstrip()}\n```"
    else:
        text += "\n\nThe program reads standard input and writes standard output."
    # Its hidden tests are further ones: a right program passes those that are shown, too.
    return for_program(text, ProgramTask(public, (*public, *private)))


def _function(entry: Entry) -> str | None:
    """Return the name of the function that LiveCodeBench's tests call, if they call one."""
    metadata = entry.get("metadata")
    if isinstance(metadata, str) and metadata.strip():
        metadata = _json(metadata, "metadata")
    name = metadata.get("func_name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


def _cases(entry: Entry, field: str, name: str | None) -> tuple[AnyTest, ...]:
    value = entry.get(field) or []
    cases = _unpacked(value, field) if isinstance(value, str) else value
    if not isinstance(cases, list):
        raise Lacking(f"has no list as `{field}`")
    return tuple(_case(case, field, name) for case in cases)


def _case(case: JsonValue, field: str, name: str | None) -> AnyTest:
    if not isinstance(case, dict):
        raise Lacking(f"has something else than an object in `{field}`")
    given, wanted = case.get("input"), case.get("output")
    if not isinstance(given, str) or not isinstance(wanted, str):
        raise Lacking(f"has a test without `input` and `output` in `{field}`")
    if case.get("testtype") != "functional":
        return StdioTest(stdin=given, stdout=wanted)
    if name is None:
        raise Lacking("has tests that call a function, and no `func_name` in `metadata`")
    arguments = [_json(line, field) for line in given.split("\n") if line.strip()]
    return CallTest(function=name, arguments=tuple(arguments), returns=_json(wanted, field))


def _unpacked(text: str, field: str) -> JsonValue:
    """Return the tests that a text holds: as JSON, or packed as LiveCodeBench packs hidden ones.

    Those are JSON, pickled, deflated, and written in base 64.
    """
    if text.lstrip().startswith("["):
        return _json(text, field)
    try:
        inflater = zlib.decompressobj()
        pickled = inflater.decompress(base64.b64decode(text, validate=True), _LARGEST_BYTES)
        held = _TextOnly(io.BytesIO(pickled)).load() if inflater.eof else None
    except (ValueError, zlib.error, pickle.UnpicklingError, EOFError) as error:
        raise Lacking(f"has a `{field}` that cannot be unpacked: {error}") from error
    if not isinstance(held, str):
        raise Lacking(f"has a `{field}` that cannot be unpacked: it holds no text, or too much")
    return _json(held, field)


class _TextOnly(pickle.Unpickler):
    """Reads a pickled text, and makes nothing else: a pickle that names a class is refused."""

    @override
    def find_class(self, module: str, name: str, /) -> NoReturn:
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _json(text: str, field: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        raise Lacking(f"has a `{field}` that is not JSON: {error.msg}") from error
    return value
