"""Put the HTTP service together."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app import catalogue, chat, feedback, health, metrics, page, policy_routes, score
from app.errors import STATUS, handle, handle_bug, handle_http, handle_invalid
from app.faults import Faults
from app.middleware import RequestId
from app.openapi import ERRORS, Described
from app.opening import Opening
from app.streaming import ClientGone


def create_app(opening: Opening) -> FastAPI:
    """Make an app around a service. There is no global app: tests and the server call this."""
    app = Described(title="Fathom", responses=ERRORS)
    app.state.opening, app.state.metrics = opening, metrics.Metrics()
    for module in (chat, score, feedback, policy_routes, catalogue, health, metrics, page):
        app.include_router(module.router)
    for error in STATUS:
        app.add_exception_handler(error, handle)
    app.add_exception_handler(RequestValidationError, handle_invalid)
    app.add_exception_handler(HTTPException, handle_http)
    app.add_exception_handler(ClientGone, _nobody_there)
    app.add_exception_handler(Exception, handle_bug)
    app.add_middleware(Faults)
    app.add_middleware(metrics.Counted, metrics=app.state.metrics)
    app.add_middleware(RequestId)
    return app


async def _nobody_there(_: Request, __: Exception) -> Response:
    # Seen by no client; 499 is what access logs call a connection closed by the other side.
    return Response(status_code=499)
