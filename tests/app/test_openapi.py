"""The OpenAPI document: whole, valid, and true of what is answered."""

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from engines.fake import FakeEngine
from search.policy import write
from search.strategies import KINDS, BestOfN
from tests.app.client import ASK, BEAM, an_app, ask, call, call_app
from tests.search.tools import PARIS, TOOLS
from tests.search.world import a_or_b, advising, policy
from tests.small import SMALL

DOCUMENT = an_app().openapi()
OPERATIONS = [(method, path) for path, item in DOCUMENT["paths"].items() for method in item]
SOLUTIONS = {"messages": ASK["messages"], "solutions": ["a\n\nb", ["b", "b"]]}


def schema_of(method: str, path: str, status: int, media_type: str) -> dict[str, Any]:
    """The schema of one answer, with all that it refers to."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    told = responses.get(str(status)) or responses[f"{status // 100}XX"]
    return told["content"][media_type]["schema"] | {"components": DOCUMENT["components"]}


def check(response: httpx2.Response, method: str, path: str) -> Any:
    """Hold an answer to the document; return its JSON."""
    media_type = response.headers["content-type"].partition(";")[0]
    schema = schema_of(method, path, response.status_code, media_type)
    Draft202012Validator(schema).validate(response.json())
    return response.json()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_route_says_what_it_answers_and_that_errors_are_openais(method, path) -> None:
    operation = DOCUMENT["paths"][path][method]
    assert all(media["schema"] for media in operation["responses"]["200"]["content"].values())
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    assert all(operation["responses"][status]["content"] == error for status in ("4XX", "5XX"))
    assert "422" not in operation["responses"]
    assert operation["description"]


def test_every_reference_leads_somewhere() -> None:
    referred = re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(DOCUMENT))
    assert set(referred) <= set(DOCUMENT["components"]["schemas"])


def test_a_key_is_shown_as_a_bearer_token_where_there_are_keys() -> None:
    assert DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert DOCUMENT["security"] == [{}, {"bearer": []}]


@pytest.mark.parametrize("name", ["ChatRequest", "ScoreRequest", "FeedbackRequest"])
def test_examples_of_a_body_are_of_its_schema(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    whole = schema | {"components": DOCUMENT["components"]}
    assert schema["examples"]
    for example in schema["examples"]:
        Draft202012Validator(whole).validate(example)


async def test_the_examples_of_a_chat_are_answered() -> None:
    for example in DOCUMENT["components"]["schemas"]["ChatRequest"]["examples"]:
        assert (await ask(FakeEngine(a_or_b), **example)).status_code == 200


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"auto"}))
async def test_a_completion_is_as_the_document_has_it(kind: str) -> None:
    search = {"strategy": SMALL[kind], "candidates": 2, "trace": True}
    response = await ask(search=search, include_reasoning=True, max_tokens=60)
    told = check(response, "post", "/v1/chat/completions")
    assert response.status_code == 400 or told["search"]["candidates"]


async def test_what_a_policy_says_is_as_the_document_has_it(tmp_path: Path) -> None:
    write(policy(advising(BestOfN(n=6)), advising(BestOfN(n=4))), tmp_path / "policy.yaml")
    app = an_app(policy=tmp_path / "policy.yaml", admin_key="s3cret")
    auto = ASK | {"search": {"strategy": {"kind": "auto", "mode": "once"}}}
    key, plan = {"authorization": "Bearer s3cret"}, "/v1/search/plan"
    for path in ("/v1/chat/completions", plan, f"{plan}?probe=true", "/v1/search/policy:reload"):
        response = await call_app(app, "POST", path, json=auto, headers=key)
        assert response.status_code == 200
        check(response, "post", path.partition("?")[0])


@pytest.mark.parametrize(
    "fields", [{"tools": list(TOOLS)}, {"n": 2, "search": BEAM}, {"model": "gpt-5"}, {"n": 0}]
)
async def test_calls_choices_and_refusals_are_as_the_document_has_them(fields) -> None:
    engine = FakeEngine(lambda request, i: PARIS[0])
    check(await ask(engine, **fields), "post", "/v1/chat/completions")


@pytest.mark.parametrize("fields", [{}, {"search": BEAM | {"events": True}}])
async def test_every_event_of_a_stream_is_as_the_document_has_it(fields) -> None:
    options = {"stream_options": {"include_usage": True}}
    stream = await ask(stream=True, **options | fields)
    schema = schema_of("post", "/v1/chat/completions", 200, "text/event-stream")
    told = schema["properties"]["data"]["anyOf"][1]["contentSchema"]
    validator = Draft202012Validator(told | {"components": DOCUMENT["components"]})
    lines = [line[6:] for line in stream.text.splitlines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    for line in lines:
        validator.validate(json.loads(line))


@pytest.mark.parametrize("path", [path for method, path in OPERATIONS if method == "get"])
async def test_what_is_looked_up_is_as_the_document_has_it(path: str) -> None:
    response = await call("GET", path.replace("{model}", "fathom"))
    assert response.status_code == 200
    if path != "/metrics":
        check(response, "get", path)


async def test_scores_and_plans_are_as_the_document_has_them() -> None:
    app = an_app()
    for path, body in (("/v1/score", SOLUTIONS), ("/v1/score", SOLUTIONS | {"scorer": "silent"}),
                       ("/v1/search/plan", ASK | {"search": BEAM})):  # fmt: skip
        response = await call_app(app, "POST", path, json=body)
        assert response.status_code == 200
        check(response, "post", path)
