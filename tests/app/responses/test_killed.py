"""A real server that is killed while it makes a response in the background."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.responses import ResponseStreamEvent

from tests.app.conftest import FATHOM

pytestmark = [pytest.mark.embedded, pytest.mark.jobs, pytest.mark.timeout(300)]
SEARCH = {"search": {"strategy": {"kind": "majority", "n": 16}, "events": True}}
ASK = {"model": "fathom", "input": "Count to a hundred.", "max_output_tokens": 48}


@contextmanager
def until_killed(database: Path) -> Iterator[OpenAI]:
    """Serve from a database, without the further model, and kill the server at the end."""
    told = {"FATHOM_DATABASE": str(database), "FATHOM_MODELS": "{}"}
    told |= {"FATHOM_JOBS__LEASE_SECONDS": "2", "FATHOM_JOBS__POLL_SECONDS": "0.2"}
    command = ["env", *(f"{name}={value}" for name, value in told.items())]
    with subprocess.Popen(
        [*command, FATHOM, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        try:
            said = (line for line in process.stdout if line.startswith("  address"))
            with OpenAI(base_url=next(said).split()[1], api_key="none") as client:
                yield client
        finally:
            process.kill()


def begun(client: OpenAI) -> list[ResponseStreamEvent]:
    """Return the events of a response until its search has begun."""
    events = []
    with client.responses.create(**ASK, background=True, stream=True, extra_body=SEARCH) as stream:
        for event in stream:
            events.append(event)
            if event.type == "response.in_progress":
                break
    return events


def test_a_response_ends_once_though_its_server_was_killed(tmp_path: Path) -> None:
    with until_killed(tmp_path / "a.db") as client:
        events = begun(client)
    name, last = events[0].response.id, events[-1].sequence_number
    with until_killed(tmp_path / "a.db") as client:
        events += client.responses.retrieve(name, stream=True, starting_after=last)
    kinds = [event.type for event in events]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert kinds.count("search.restarted") == kinds.count("response.completed") == 1
    assert kinds[-1] == "response.completed"
    assert "the server ended" in events[-1].response.search["degradations"][0]
