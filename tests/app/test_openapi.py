"""The OpenAPI document: whole, valid, and true of what is answered."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engines.fake import FakeEngine
from search.policy import write
from search.strategies import KINDS, BestOfN
from tests.app.client import ASK, BEAM, an_app, ask, call, call_app
from tests.app.document import DOCUMENT, OPERATIONS, check, check_events
from tests.search.tools import PARIS, TOOLS
from tests.search.world import a_or_b, advising, policy
from tests.small import SMALL

TEXT = "/v1/completions"
SOLUTIONS = {"messages": ASK["messages"], "solutions": ["a\n\nb", ["b", "b"]]}
LOOKED_UP = ("/health", "/ready", "/metrics", "/v1/models", "/v1/models/{model}",
             "/v1/search/strategies")  # fmt: skip
"""What is there without a database."""


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


@pytest.mark.parametrize(
    "fields",
    [{}, {"search": BEAM | {"events": True}}, {"search": BEAM | {"events": "tree"}},
     {"search": {"narrate": True}}, {"logprobs": True, "top_logprobs": 1}],
)  # fmt: skip
async def test_every_event_of_a_stream_is_as_the_document_has_it(fields) -> None:
    options = {"stream_options": {"include_usage": True}}
    stream = await ask(stream=True, **options | fields)
    assert check_events(stream, "post", "/v1/chat/completions")


@pytest.mark.parametrize("fields", [{}, {"prompt": ["a", "b"]}, {"logprobs": 1}, {"n": 0}])
async def test_text_completions_are_as_the_document_has_them(fields) -> None:
    asked = {"model": "fathom", "prompt": "6*7?"} | fields
    check(await call("POST", TEXT, json=asked), "post", TEXT)


async def test_every_event_of_a_text_is_as_the_document_has_it() -> None:
    search = BEAM | {"events": "tree"}
    asked = {"model": "fathom", "prompt": "6*7?", "stream": True, "search": search}
    assert check_events(await call("POST", TEXT, json=asked), "post", TEXT)


@pytest.mark.parametrize("path", LOOKED_UP)
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
