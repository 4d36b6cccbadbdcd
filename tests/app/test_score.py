"""`/v1/score`, as a client sees it."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from app.service import Service
from engines.base import Capabilities
from engines.fake import FakeEngine
from engines.thinking import Thinking
from scorers.base import Scorer
from scorers.judge import Judge
from scorers.maths import Maths
from scorers.vote import Vote
from tests.app.client import a_service, an_app
from tests.search.tools import TOOLS
from tests.search.world import Broken, LastWord, SharesOfB, Silent, a_or_b

BODY: dict[str, Any] = {
    "messages": [{"role": "user", "content": "6*7?"}],
    "solutions": ["a\n\nb", ["b", "b"], "b\n\nb"],
}


class Reading(SharesOfB):
    name, alternatives = "reading", 1


class Hanging(SharesOfB):
    """Is asked, and never answers."""

    name = "hanging"

    def __init__(self) -> None:
        self.asked, self.cancelled = asyncio.Event(), False

    async def judge(self, candidates):
        self.asked.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


def _maths() -> tuple[Scorer, Scorer]:
    """Two that compare with an answer; one knows it from the configuration."""
    return Maths("maths", LastWord(), None, None), Maths("is_b", LastWord(), "b", None)


def served(*scorers: Scorer, engine: FakeEngine | None = None, **settings: Any) -> Service:
    every = (
        *scorers,
        *_maths(),
        SharesOfB(),
        Silent(),
        Broken(),
        Reading(),
        Vote("vote", LastWord(), None),
    )
    named = {scorer.name: scorer for scorer in every}
    kinds = {name: {"kind": "confidence"} for name in named}
    return replace(a_service(engine, scorers=kinds, **settings), scorers=named)


async def score(service: Service | None = None, **body: Any):
    app = create_app(Opening(service or served()))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post("/v1/score", json=BODY | body)


async def test_every_solution_has_its_rewards_and_its_score() -> None:
    body = (await score()).json()
    assert (body["object"], body["model"], body["degradations"]) == ("list", "fathom", [])
    assert [(d["object"], d["index"]) for d in body["data"]] == [("score", i) for i in range(3)]
    assert [d["rewards"] for d in body["data"]] == [[0, 1], [1, 1], [1, 1]]
    assert [d["score"] for d in body["data"]] == [0.5, 1, 1]
    assert {d["scorer"] for d in body["data"]} == {"shares_of_b"}


async def test_the_bill_is_the_verifiers_and_nothing_is_drawn() -> None:
    engine = FakeEngine(a_or_b, logprob=lambda _, i: (-1, -2)[i])
    service = served(Judge("judge", engine), engine=engine)
    usage = (await score(service, scorer="judge")).json()["usage"]
    # The last two are the same text: they are asked about once.
    assert (usage["calls"], usage["completion_tokens"]) == (2, 2)
    assert usage["total_tokens"] == usage["prompt_tokens"] + 2
    assert usage.keys() >= {"cached_tokens", "flops", "cost"}
    assert {request.sampling.max_tokens for request in engine.seen} == {1}


async def test_a_scorer_that_fell_back_is_said_to_have() -> None:
    body = (await score(scorer=["broken", "silent", "vote", "shares_of_b"])).json()
    assert {d["scorer"] for d in body["data"]} == {"shares_of_b"}
    assert len(body["degradations"]) == 3


async def test_an_abstention_is_no_number() -> None:
    body = (await score(scorer="silent")).json()
    assert body["data"][0] == {
        "object": "score",
        "index": 0,
        "score": None,
        "scorer": "silent",
        "abstained": "nothing to say",
    }


async def test_a_scorer_that_is_down_is_an_error() -> None:
    response = await score(scorer="broken")
    assert (response.status_code, response.json()["error"]["code"]) == (502, "scorer_unavailable")


async def test_beginnings_are_judged_by_those_who_can() -> None:
    body = (await score(served(scorer=("vote", "shares_of_b")), finished=False)).json()
    assert body["data"][1]["rewards"] == [1, 1]
    assert body["degradations"] == []


async def test_the_default_chain_is_asked_without_those_who_read_log_probabilities() -> None:
    body = (await score(served(scorer=("reading", "shares_of_b")))).json()
    assert body["data"][0]["scorer"] == "shares_of_b"


async def test_the_right_answer_comes_from_the_request_or_else_the_configuration() -> None:
    answers = {"solutions": ["Answer: a", "Answer: b"]}
    told = (await score(scorer="maths", reference="a", **answers)).json()
    overruled = (await score(scorer="is_b", reference="a", **answers)).json()
    configured = (await score(scorer="is_b", **answers)).json()
    assert [d["score"] for d in told["data"]] == [1, 0]
    assert [d["score"] for d in overruled["data"]] == [1, 0]
    assert [d["score"] for d in configured["data"]] == [0, 1]


async def test_the_default_chain_compares_only_where_there_is_an_answer_to_compare_with() -> None:
    service = served(scorer=("maths", "shares_of_b"))
    plain = (await score(service)).json()
    told = (await score(service, reference="a", solutions=["Answer: a"])).json()
    assert (plain["data"][0]["scorer"], told["data"][0]["scorer"]) == ("shares_of_b", "maths")


async def test_another_end_of_steps_splits_other_steps() -> None:
    body = (await score(solutions=["a;b;b", ["a", "b"]], step_end=";")).json()
    assert [d["rewards"] for d in body["data"]] == [[0, 1, 1], [0, 1]]


async def test_what_tools_were_offered_is_shown_to_the_judge() -> None:
    engine = FakeEngine(a_or_b)
    await score(served(Judge("judge", engine), engine=engine), scorer="judge", tools=TOOLS)
    assert "get_weather" in engine.seen[0].prompt.conversation.messages[0].content


@pytest.mark.parametrize("opened", [True, False])
async def test_thinking_is_told_from_the_answer_where_there_is_some(opened: bool) -> None:
    able = Capabilities("thinker", alternatives=5, thinking=Thinking(opened=opened))
    engine = FakeEngine(a_or_b, capabilities=able)
    solutions = ["<think>\nno\n</think>\n\nyes", "plain"]
    service = served(Judge("judge", engine), engine=engine)
    await score(service, scorer="judge", solutions=solutions)
    shown = sorted(r.prompt.conversation.messages[0].content for r in engine.seen)
    assert "<answer>\nplain\n</answer>" in shown[0]
    assert "<answer>\nyes\n</answer>" in shown[1]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"solutions": []}, "solutions"),
        ({"solutions": None}, "solutions"),
        ({"solutions": ["x"] * 257}, "solutions"),
        ({"solutions": ["x", 3]}, "solutions.1"),
        ({"solutions": [["x", ["y"]]]}, "solutions.0"),
        ({"solutions": ["\n\n" * 1000]}, "solutions"),
        ({"solutions": [["x"] * 1001]}, "solutions"),
        ({"step_end": ""}, "step_end"),
        ({"finished": "perhaps"}, "finished"),
        ({"scorer": "oracle"}, "scorer"),
        ({"scorer": []}, "scorer"),
        ({"scorer": "reading"}, "scorer"),
        ({"scorer": ["shares_of_b", "reading"]}, "scorer"),
        ({"scorer": "vote", "finished": False}, "scorer"),
        ({"scorer": "maths"}, "reference"),
        ({"scorer": "vote", "reference": "42"}, "reference"),
        ({"reference": "42"}, "reference"),
        ({"scorer": "maths", "reference": ""}, "reference"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "c"}]}, "messages"),
        ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
        ({"temperature": 1}, "temperature"),
        ({"model": "gpt-5"}, "model"),
    ],
)
async def test_what_cannot_be_judged_is_refused_by_name(body, param: str) -> None:
    response = await score(**body)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (404 if param == "model" else 400, param)
    assert error["message"]


async def test_a_default_chain_that_cannot_judge_texts_at_all_is_refused() -> None:
    response = await score(served(scorer=("reading",)))
    assert (response.status_code, response.json()["error"]["param"]) == (400, "scorer")


@pytest.mark.parametrize("model", ["fathom", "fake", "fathom:high"])
async def test_the_model_is_named_as_in_a_completion(model: str) -> None:
    assert (await score(model=model)).json()["model"] == model


async def test_hanging_up_ends_the_judging() -> None:
    scorer, inbox = Hanging(), asyncio.Queue[dict[str, Any]]()
    body = json.dumps(BODY | {"scorer": "hanging"}).encode()
    inbox.put_nowait({"type": "http.request", "body": body})
    scope = {"type": "http", "method": "POST", "path": "/v1/score", "query_string": b""}
    scope |= {"headers": [(b"content-type", b"application/json")], "asgi": {"spec_version": "2.4"}}

    async def leave() -> None:
        await scorer.asked.wait()
        inbox.put_nowait({"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None: ...

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(leave())
        await create_app(Opening(served(scorer)))(scope, inbox.get, send)
    assert scorer.cancelled


def test_the_schema_says_what_may_be_sent() -> None:
    schema = an_app().openapi()
    assert "/v1/score" in schema["paths"]
    assert schema["components"]["schemas"]["ScoreRequest"]["required"] == ["messages", "solutions"]


async def test_half_a_character_in_a_solution_is_refused_where_it_stands() -> None:
    transport = httpx2.ASGITransport(an_app(), raise_app_exceptions=False)
    body = json.dumps(BODY | {"solutions": ["a", "b \ud800"]})
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        headers = {"content-type": "application/json"}
        response = await client.post("/v1/score", content=body.encode(), headers=headers)
    assert (response.status_code, response.json()["error"]["param"]) == (400, "solutions.1")
