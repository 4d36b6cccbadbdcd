"""The methods of a path: each of its routes knows but its own."""

from fastapi import Request
from starlette.routing import Match, Route


def allowed(http: Request) -> str:
    """Return what the header `allow` says of the path of a request."""
    routes = [route for route in http.app.routes if isinstance(route, Route)]
    path = next((r.path for r in routes if r.matches(http.scope)[0] is not Match.NONE), None)
    methods = {method for route in routes if route.path == path for method in route.methods or ()}
    return ", ".join(sorted(methods))
