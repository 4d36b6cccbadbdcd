"""Which scope opens which path. Knows paths by their beginnings, and no route."""

from dataclasses import dataclass

from app.keys.limits import Scope

_OPEN = frozenset({"/", "/health", "/ready", "/docs", "/openapi.json", "/favicon.ico"})
"""For whoever comes by: probes, and pages, which hold nothing but what every service has."""

_ADMINISTRATORS = frozenset({"/metrics", "/v1/search/policy:reload"})


@dataclass(frozen=True, slots=True)
class Door:
    """What it takes to come in: a scope, and for what counts as a request one of those."""

    scope: Scope
    counted: bool = False


def is_open(path: str) -> bool:
    """Say whether a path asks for no key."""
    return path in _OPEN or path.startswith("/web/")


def door_of(method: str, path: str) -> Door:
    """Return what a path that is not open asks for; one that is not known asks for a key, too."""
    if path in _ADMINISTRATORS:
        return Door("admin")
    if path.startswith("/v1/search/traces"):
        return Door("traces")
    return Door("chat", counted=method == "POST")
