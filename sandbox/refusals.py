"""Requests that are refused, in the form of OpenAI's errors. Knows no sandboxes."""

from collections.abc import Mapping

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refusal(Exception):
    """A request is not done as asked.

    Attributes:
        status: of HTTP.
        code: for programs.
        message: for people, one sentence.
        param: the field at fault, if one is.
        headers: of the response.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.param, self.headers = param, headers

    def response(self) -> JSONResponse:
        """Return it as it is sent."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"  # noqa: PLR2004
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return JSONResponse({"error": error}, self.status, headers=self.headers)


def invalid(error: ValidationError) -> Refusal:
    """Return the refusal of a body, for the first thing that is wrong with it."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    param = ".".join(map(str, first["loc"])) or None
    message = f"{param}: {first['msg']}" if param else first["msg"]
    return Refusal(400, "invalid_value", message, param)


async def respond(_: Request, error: Exception) -> Response:
    """Answer with a refusal."""
    assert isinstance(error, Refusal)
    return error.response()


def no_such_route(request: Request, _: Exception) -> Response:
    """Answer for a path that is not served."""
    message = f"{request.method} {request.url.path} is not served; POST /execute runs a program"
    return Refusal(404, "not_found", message).response()


def wrong_method(request: Request, _: Exception) -> Response:
    """Answer for a path that is served, asked otherwise."""
    message = f"{request.url.path} does not take {request.method}"
    return Refusal(405, "method_not_allowed", message).response()
