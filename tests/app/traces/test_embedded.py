"""Kept searches and completions of the real service, by OpenAI's client and the command line."""

import json
from pathlib import Path

import openai
import pytest
from openai import OpenAI

from tests.app.cli_world import fathom

pytestmark = pytest.mark.embedded
ASK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 6 * 7?"}]


@pytest.fixture(scope="module")
def client(served: str):
    with OpenAI(base_url=served, api_key="none", max_retries=0) as client:
        yield client


def stored(client: OpenAI, kind: str = "best_of_n", **labels: str):
    strategy = {"kind": kind, "n": 2} | ({"width": 2} if kind == "beam_search" else {})
    search = {"strategy": strategy, "budget": {"tokens": 60}}
    return client.chat.completions.create(
        model="fathom", messages=ASK, max_tokens=16, store=True, metadata=labels,
        extra_body={"search": search},
    )  # fmt: skip


def test_a_stored_completion_is_retrieved_as_it_was(client: OpenAI) -> None:
    made = stored(client, topic="sums")
    found = client.chat.completions.retrieve(made.id)
    assert found.choices == made.choices
    assert (found.usage, found.metadata) == (made.usage, {"topic": "sums"})


def test_completions_are_listed_by_their_metadata(client: OpenAI) -> None:
    one, other = stored(client, run="one"), stored(client, run="other")
    found = client.chat.completions.list(metadata={"run": "one"})
    assert [one_.id for one_ in found] == [one.id]
    everything = [one_.id for one_ in client.chat.completions.list(limit=1, order="desc")]
    assert everything[:2] == [other.id, one.id]


def test_metadata_is_replaced_and_a_completion_deleted(client: OpenAI) -> None:
    made = stored(client, a="1")
    assert client.chat.completions.update(made.id, metadata={"b": "2"}).metadata == {"b": "2"}
    assert client.chat.completions.update(made.id, metadata=None).metadata == {}
    assert client.chat.completions.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.retrieve(made.id)


def test_the_messages_of_a_completion_are_listed(client: OpenAI) -> None:
    made = stored(client)
    found = list(client.chat.completions.messages.list(made.id, limit=1))
    assert [(one.role, one.content) for one in found] == [tuple(one.values()) for one in ASK]
    assert [one.id for one in found] == [f"{made.id}-0", f"{made.id}-1"]


def test_metadata_without_store_is_refused_by_name(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="fathom", messages=ASK, metadata={"a": "b"})
    assert caught.value.param == "metadata"


@pytest.mark.parametrize("kind", ["best_of_n", "beam_search"])
def test_a_search_by_a_real_model_comes_to_the_same_again(client: OpenAI, kind: str) -> None:
    made = stored(client, kind)
    told = client.post(f"/search/traces/{made.id}/replay", cast_to=object)
    assert (told["same"], told["reason"]) == (True, None)  # type: ignore[index]


def test_a_retried_request_is_answered_once(client: OpenAI) -> None:
    asked = {"model": "fathom", "messages": ASK, "max_tokens": 8}
    key = {"Idempotency-Key": "test-retried"}
    first, again = [
        client.chat.completions.with_raw_response.create(**asked, extra_headers=key)
        for _ in range(2)
    ]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert first.parse() == again.parse()


def test_the_command_line_lists_shows_exports_and_deletes(
    client: OpenAI, served: str, tmp_path: Path
) -> None:
    name = stored(client).id
    listed = json.loads(fathom("traces", "list", "--json", "--url", served).stdout)
    assert listed["data"][0]["id"] == name
    assert name in fathom("traces", "list", "--limit", "1", "--url", served).stdout
    assert "What is 6 * 7?" in fathom("traces", "show", name, "--url", served).stdout
    fathom("traces", "export", name, "--out", str(tmp_path), "--url", served)
    assert fathom("replay", str(tmp_path / f"{name}.json")).exit_code == 0
    assert fathom("traces", "delete", name, "--url", served).exit_code == 0
    again = fathom("traces", "show", name, "--url", served)
    assert (again.exit_code, again.stderr) == (1, f"Error: nothing is kept under the id '{name}'\n")


def test_a_service_that_is_not_there_is_named() -> None:
    told = fathom("traces", "list", "--url", "http://127.0.0.1:9")
    assert told.exit_code == 1
    assert told.stderr.startswith("Error: http://127.0.0.1:9 does not answer")
