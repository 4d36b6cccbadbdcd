"""Put the HTTP service together."""

from functools import cache

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from app import catalogue, chat, feedback, health, ifd, metrics, page, policy_routes, score
from app.batches import batch_routes, file_routes
from app.completions import routes as text_completions
from app.errors import STATUS, handle, handle_bug, handle_http, handle_invalid
from app.faults import Faults
from app.idempotency.middleware import Idempotent
from app.keys.guard import Guard
from app.middleware import RequestId
from app.openapi import ERRORS, Described
from app.opening import Opening
from app.responses import routes as responses
from app.streaming import ClientGone
from app.telemetry.requests import Followed
from app.traces import completions
from app.traces import routes as traces
from app.underway import Awaited, UnderWay


def create_app(opening: Opening) -> FastAPI:
    """Make an app around a service. There is no global app: tests and the server call this."""
    app = Described(title="Fathom")
    app.state.opening, app.state.metrics = opening, metrics.Metrics()
    app.state.under_way = UnderWay()
    app.router.routes.extend(_routes())
    for error in STATUS:
        app.add_exception_handler(error, handle)
    app.add_exception_handler(RequestValidationError, handle_invalid)
    app.add_exception_handler(HTTPException, handle_http)
    app.add_exception_handler(ClientGone, _nobody_there)
    app.add_exception_handler(Exception, handle_bug)
    # From the innermost: what a route fails with is an answer, and what is sent again its caller's.
    app.add_middleware(Faults)
    app.add_middleware(Awaited, under_way=app.state.under_way)
    app.add_middleware(Idempotent)
    app.add_middleware(Guard, opening=opening, metrics=app.state.metrics)
    app.add_middleware(metrics.Counted, metrics=app.state.metrics)
    app.add_middleware(RequestId)
    app.add_middleware(Followed, opening=opening)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Make the routes, which know no app: once, for it takes 0.2 s and tests make many apps."""
    together = APIRouter(responses=ERRORS)
    modules = (
        chat,
        responses,
        score,
        ifd,
        feedback,
        policy_routes,
        catalogue,
        health,
        metrics,
        page,
    )
    for module in (*modules, text_completions, file_routes, batch_routes, completions, traces):
        together.include_router(module.router)
    return tuple(together.routes)


async def _nobody_there(_: Request, __: Exception) -> Response:
    # Seen by no client; 499 is what access logs call a connection closed by the other side.
    return Response(status_code=499)
