"""`python -m tests.fuzz.service FOLDER`: a service on a model that is a function, to be fuzzed.

All of it, with its database, its jobs, and keys wanted, but that the model answers at once. Its
files are in the folder. It says where it listens and which key lets in, on a line each, and serves
until it is told to end.
"""

import asyncio
import logging
import sys
from dataclasses import replace
from pathlib import Path

import structlog
import uvicorn

from app.jobs.opening import working
from app.keys.issue import issue
from app.keys.limits import SCOPES, UNLIMITED
from app.listening import address_of, listen
from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.settings import Settings
from app.store import Store, open_store
from engines.fake import FakeEngine
from scorers.equality import MathGrader
from scorers.opening import open_scorers
from tests.search.world import a_or_b

ADMIN = "administrator"
SCORERS = {
    "confidence": {"kind": "confidence"},
    "vote": {"kind": "vote"},
    "judge": {"kind": "judge"},
    "maths": {"kind": "maths"},
    "pattern": {"kind": "regex", "pattern": "Answer: .*"},
}


async def serve(folder: Path) -> None:
    """Serve with files in a folder; a key of every scope is in the database."""
    settings = Settings(
        scorers=SCORERS, scorer=("confidence", "vote"), admin_key=ADMIN, keys="required"
    )
    engine, opening = FakeEngine(a_or_b), Opening()
    app = create_app(opening)
    async with (
        MathGrader() as grader,
        open_store(folder / "kept.db") as store,
        open_store(folder / "outcomes.db") as outcomes,
        open_scorers(settings.judges, engine, grader, settings.breaker) as scorers,
    ):
        bare = Service(settings, engine, grader, scorers, outcomes=outcomes)
        kept = replace(bare, store=store)
        async with working(kept, app.state.metrics, opening.current) as service:
            opening.swap(service)
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
            with listen("127.0.0.1", 0) as listener:
                where = address_of("127.0.0.1", listener.getsockname()[1])
                print(where, await _key(store), sep="\n", flush=True)  # noqa: T201
                await server.serve(sockets=[listener])


async def _key(store: Store) -> str:
    """Put a key into the database; return its secret."""
    issued = issue("fuzz", SCOPES, UNLIMITED)
    async with store.session() as session:
        session.add(issued.key)
    return issued.secret


if __name__ == "__main__":
    # Ten thousand lines would say nothing but that there were requests; those on bugs remain.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(serve(Path(sys.argv[1])))
