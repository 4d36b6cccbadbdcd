"""The JSON we give: a response as it is queued, under way, and at its end."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from app.completion import Completion, Head
from app.responses.output import cut, output, usage
from app.responses.wire import ResponseRequest

_ECHOED = (
    "model",
    "instructions",
    "previous_response_id",
    "max_output_tokens",
    "top_p",
    "parallel_tool_calls",
    "store",
    "background",
    "metadata",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "top_logprobs",
    "truncation",
)
_SERVER_ERROR, _TOO_MANY = 500, (429, 503)


@dataclass(frozen=True, slots=True)
class Resource:
    """One response, from its request on; each state of it is an object of its own."""

    request: ResponseRequest
    temperature: float
    id: str = field(default_factory=lambda: f"resp_{token_hex(24)}")
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def head(self) -> Head:
        """What the completion behind it goes by."""
        return Head(self.request.model, self.id, self.created)

    def state(self, status: str, items: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Return it with this status and output."""
        request = self.request
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "completed_at": None,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "output": list(items),
            "usage": None,
            **request.model_dump(include=set(_ECHOED)),
            "temperature": self.temperature,
            "reasoning": request.reasoning.model_dump(include={"effort", "summary"}),
            "text": request.text.model_dump(by_alias=True, exclude_none=True),
            "tools": [tool.model_dump() for tool in request.tools],
            "tool_choice": _choice(request),
            "max_tool_calls": None,
            "service_tier": "default",
        }

    def found(self, completion: Completion) -> dict[str, Any]:
        """Return it with what its search found: completed, or incomplete if that was cut."""
        summarised = self.request.reasoning.summary is not None
        body = self.state("completed", output(completion, summarised=summarised))
        if cut(completion):
            body |= {
                "status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"},
            }
        else:
            body["completed_at"] = int(time.time())
        return body | {"usage": usage(completion), "search": completion.search()}


def failed(body: Mapping[str, Any], status: int, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response as failed, by what is else answered with this status and this body."""
    said = answer["error"]
    told = {"message": said["message"], "type": said["code"], "param": said["param"]}
    return {**body, "status": "failed", "error": {"code": _code(status), **told}}


def _choice(request: ResponseRequest) -> str | dict[str, Any]:
    if request.tool_choice is None:
        return "auto"
    if request.tool_choice.type != "function":
        return request.tool_choice.type
    return request.tool_choice.model_dump()


def _code(status: int) -> str:
    """Return the word of OpenAI's that is nearest to a status."""
    if status in _TOO_MANY:
        return "rate_limit_exceeded"
    return "server_error" if status >= _SERVER_ERROR else "invalid_prompt"
