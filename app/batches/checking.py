"""What a batch's file has to be: a request a line, each under a name of its own."""

from dataclasses import dataclass, field
from typing import TypeAlias

import orjson
from pydantic import JsonValue

from app.store.tables import Plain

Fault: TypeAlias = dict[str, JsonValue]
"""Something that is wrong with a file: `code`, `message`, `param`, `line`."""

MOST_LINES = 50_000
LINE_BYTES = 4 * 2**20
"""Of the longest line."""
_MOST_FAULTS = 100
"""Of the faults that are told."""
_FIELDS = ("custom_id", "method", "url", "body")


def fault(code: str, message: str, *, line: int | None = None, param: str | None = None) -> Fault:
    """Return what is wrong with a file as OpenAI lists it; lines count from 1."""
    return {"code": code, "message": message, "param": param, "line": line}


@dataclass(slots=True)
class Checking:
    """Looks at lines one after the other, and keeps what is wrong with them."""

    endpoint: str
    faults: list[Fault] = field(default_factory=list)
    requests: int = 0
    model: str | None = None
    _line: int = 0
    _names: set[str] = field(default_factory=set)

    @property
    def enough(self) -> bool:
        """Whether so much is wrong that nobody would read on."""
        return len(self.faults) >= _MOST_FAULTS or self.requests > MOST_LINES

    def line(self, content: bytes) -> Plain | None:
        """Return the request in a line, if it is one; of an empty line nothing is said."""
        self._line += 1
        if not content.strip():
            return None
        self.requests += 1
        request = self._parsed(content)
        if request is None or not (self._complete(request) and self._fits(request)):
            return None
        body = request["body"]
        if self.model is None and isinstance(body, dict):
            self.model = str(body.get("model", ""))[:256]
        return request

    def end(self) -> list[Fault]:
        """Return what is wrong with the whole; nothing if it can be done."""
        if self.requests > MOST_LINES:
            self.faults.append(
                fault("too_many_lines", f"there are more than {MOST_LINES} requests")
            )
        if not self.requests:
            self.faults.append(fault("empty_file", "the file has no requests"))
        return self.faults

    def _parsed(self, content: bytes) -> Plain | None:
        if len(content) > LINE_BYTES:
            self._say("line_too_long", f"the line has more than {LINE_BYTES} bytes")
            return None
        try:
            request = orjson.loads(content)
        except orjson.JSONDecodeError:
            request = None
        if isinstance(request, dict):
            return request
        self._say("invalid_json_line", "the line is not a JSON object")
        return None

    def _complete(self, request: Plain) -> bool:
        for name, kind in zip(_FIELDS, (str, str, str, dict), strict=True):
            if name not in request:
                self._say("missing_required_parameter", f"`{name}` is missing", name)
                return False
            if not isinstance(request[name], kind):
                self._say("invalid_type", f"`{name}` is not what it should be", name)
                return False
        return True

    def _fits(self, request: Plain) -> bool:
        name, before = str(request["custom_id"]), len(self.faults)
        if not 0 < len(name) <= 512:  # noqa: PLR2004
            self._say("invalid_custom_id", "`custom_id` has 1 to 512 characters", "custom_id")
        if name in self._names:
            self._say("duplicate_custom_id", f"`custom_id` {name!r} is another's", "custom_id")
        if request["method"] != "POST":
            self._say("invalid_method", "`method` can only be POST", "method")
        if request["url"] != self.endpoint:
            self._say("mismatched_endpoint", f"`url` is not the batch's {self.endpoint}", "url")
        self._names.add(name)
        return len(self.faults) == before

    def _say(self, code: str, message: str, param: str | None = None) -> None:
        self.faults.append(fault(code, message, line=self._line, param=param))
