"""Searches recorded on real servers, as files: written by the vLLM suite, replayed by the default.

The first line says what was asked, of which server, and what was answered; each further line is
one event of the search.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.settings import Settings
from engines.base import Capabilities
from search.advice import Adviser
from search.events import Event
from search.replay import Replay, ReplayScorer

GOLDEN = Path(__file__).parent / "golden"
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_ABLE: TypeAdapter[Capabilities] = TypeAdapter(Capabilities)


@dataclass(frozen=True)
class Said:
    """What stands in for a policy's file: what was said is in the trace."""

    adviser: Adviser


@dataclass(frozen=True)
class Recording:
    """One search: request and response bodies over HTTP, and the events between them."""

    server: str
    date: str
    capabilities: Capabilities
    request: dict[str, Any]
    response: dict[str, Any]
    trace: list[Event]

    def write(self, path: Path) -> None:
        head = {
            "server": self.server,
            "date": self.date,
            "capabilities": _ABLE.dump_python(self.capabilities, mode="json"),
            "request": self.request,
            "response": self.response,
        }
        lines = [orjson.dumps(head), *(_EVENT.dump_json(event) for event in self.trace)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\n".join(lines) + b"\n")

    @classmethod
    def read(cls, path: Path) -> "Recording":
        first, *rest = path.read_bytes().splitlines()
        head = orjson.loads(first)
        return cls(
            head["server"],
            head["date"],
            _ABLE.validate_python(head["capabilities"]),
            head["request"],
            head["response"],
            [cls.event(line) for line in rest],
        )

    @staticmethod
    def event(line: bytes) -> Event:
        """Read one event."""
        return _EVENT.validate_json(line)

    def app(self):
        """Return a service that has nothing but the trace to answer from."""
        replay = Replay(self.trace, self.capabilities)
        scorers = {scorer.name: scorer for scorer in replay.models.scorers}
        # A search that asks no scorer is still planned with one.
        scorers = scorers or {"unasked": ReplayScorer("unasked", [], 0)}
        kinds = {name: {"kind": "confidence"} for name in scorers}
        settings = Settings(scorers=kinds, scorer=tuple(kinds)[:1])  # type: ignore[arg-type]
        pairs = replay.models.pairs
        policy = Said(replay.models.adviser) if replay.models.adviser else None
        service = Service(settings, replay, replay, scorers, pairs=pairs, policy=policy)  # type: ignore[arg-type]
        return create_app(Opening(service))


_OF_THE_RUN = ("id", "created", "service_tier", "system_fingerprint")


def comparable(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response without what differs from run to run: its name, its times, its server."""
    left_out = ("trace", "tree", "trace_id")
    search = {k: v for k, v in response["search"].items() if k not in left_out}
    spent = {k: v for k, v in search["spent"].items() if k != "seconds"}
    kept = {k: v for k, v in response.items() if k not in _OF_THE_RUN}
    return kept | {"search": search | {"spent": spent}}
