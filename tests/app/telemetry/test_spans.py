"""What a traced request leaves behind: which spans, below which, and what is in them."""

import asyncio

import httpx2
import pytest
from opentelemetry.trace import SpanKind, StatusCode
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.client import ASK
from tests.app.process import CHAT
from tests.app.telemetry.world import Traced
from tests.search.world import a_or_b

BEST = {"kind": "best_of_n", "n": 3}
BEAM = {"kind": "beam_search", "n": 6, "width": 3}
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MARKER = "xylophone"


async def test_best_of_n_is_one_round_with_a_draw_and_a_judgement() -> None:
    traced = Traced()
    await traced.ask(BEST)
    assert traced.tree() == [
        "POST /v1/chat/completions",
        "  invoke_workflow best_of_n",
        "    search.round",
        "      text_completion fake",
        "      search.verify shares_of_b",
    ]


async def test_beam_search_is_a_round_a_depth_with_a_call_a_beam() -> None:
    traced = Traced()
    await traced.ask(BEAM)
    rounds = [line for line in traced.tree() if line == "    search.round"]
    draws = [line for line in traced.tree() if line == "      text_completion fake"]
    judged = [line for line in traced.tree() if line == "      search.verify shares_of_b"]
    assert len(rounds) == traced.said("invoke_workflow", "search.rounds") > 1
    assert len(draws) == len(traced.engine.seen)
    assert len(rounds) + len(draws) + len(judged) + 2 == len(traced.spans)


async def test_a_search_says_what_was_asked_and_what_came_of_it() -> None:
    traced = Traced()
    answer = (await traced.ask(BEST, reasoning={"max_tokens": 99})).json()
    said = dict(traced.one("invoke_workflow").attributes or {})
    assert said["gen_ai.operation.name"] == "invoke_workflow"
    assert (said["search.strategy"], said["search.budget.tokens"]) == ("best_of_n", 99)
    assert (said["search.stop"], said["search.solutions"]) == ("finished", 3)
    assert said["search.score"] == answer["search"]["score"]
    assert said["gen_ai.response.id"] == answer["id"]
    assert said["gen_ai.usage.output_tokens"] == answer["usage"]["completion_tokens"]


async def test_a_round_says_how_many_samples_it_drew_and_the_best_score() -> None:
    traced = Traced()
    answer = (await traced.ask(BEST)).json()
    assert traced.said("search.round", "search.samples") == 3
    assert traced.said("search.round", "search.score.best") == answer["search"]["score"]
    # Two of the three are the same one.
    assert traced.said("search.verify", "search.candidates") == 2


async def test_a_call_of_an_engine_says_where_and_how_it_was_asked() -> None:
    traced = Traced()
    await traced.ask(BEST, temperature=0.3, max_tokens=17)
    span = traced.one("text_completion")
    said = dict(span.attributes or {})
    assert span.kind is SpanKind.CLIENT
    assert (said["server.address"], said["server.port"]) == ("gpu", 8001)
    assert (said["gen_ai.request.model"], said["gen_ai.request.choice.count"]) == ("fake", 3)
    assert (said["gen_ai.request.temperature"], said["gen_ai.request.max_tokens"]) == (0.3, 17)
    assert said["gen_ai.response.finish_reasons"] == ("eos",) * 3


async def test_rounds_and_calls_lie_within_what_they_are_part_of() -> None:
    traced = Traced()
    await traced.ask(BEAM)
    by_id = {span.get_span_context().span_id: span for span in traced.spans}
    inner = [span for span in traced.spans if span.parent]
    assert inner
    for span in inner:
        around = by_id[span.parent.span_id]
        assert around.start_time <= span.start_time <= span.end_time <= around.end_time


async def test_a_failing_engine_marks_its_call_the_search_and_the_request() -> None:
    def fails(request: Request, i: int) -> str:
        raise EngineUnavailable(f"it said {MARKER}")

    traced = Traced(FakeEngine(fails))
    assert (await traced.ask(BEST)).status_code == 502
    for name in ("text_completion", "invoke_workflow"):
        assert traced.one(name).status.status_code is StatusCode.ERROR
        assert traced.said(name, "error.type") == "EngineUnavailable"
    assert traced.said("POST", "error.type") == "502"
    assert MARKER not in traced.everything()


async def test_hanging_up_ends_the_spans_as_given_up() -> None:
    traced = Traced(FakeEngine(a_or_b, latency=lambda _: 60))
    transport = httpx2.ASGITransport(traced.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.post(CHAT, json={**ASK, "search": {"strategy": BEST}})
    assert traced.said("text_completion", "search.cancelled")
    assert traced.said("invoke_workflow", "search.cancelled")
    assert "    search.round" in traced.tree()
    assert traced.one("text_completion").status.status_code is StatusCode.UNSET


async def test_a_trace_that_was_begun_elsewhere_goes_on() -> None:
    traced = Traced()
    await traced.ask(BEST, headers={"traceparent": PARENT})
    assert {f"{span.context.trace_id:032x}" for span in traced.spans} == {PARENT[3:35]}
    assert f"{traced.one('POST').parent.span_id:016x}" == PARENT[36:52]


async def test_a_trace_that_is_not_recorded_elsewhere_is_not_here() -> None:
    traced = Traced()
    await traced.ask(BEST, headers={"traceparent": f"{PARENT[:-2]}00"})
    assert traced.spans == []


async def test_a_sample_of_none_records_none() -> None:
    traced = Traced(sample=0)
    await traced.ask(BEST)
    assert traced.spans == []


@pytest.mark.parametrize("content", [False, True])
async def test_what_was_asked_and_said_is_in_spans_only_if_that_is_set(content: bool) -> None:
    traced = Traced(FakeEngine(lambda *_: f"said {MARKER}"), content=content)
    messages = [{"role": "user", "content": f"asked {MARKER}"}]
    await traced.ask(BEST, messages=messages)
    assert (f"asked {MARKER}" in traced.everything()) is content
    assert (f"said {MARKER}" in traced.everything()) is content


async def test_probes_leave_no_spans() -> None:
    traced = Traced()
    transport = httpx2.ASGITransport(traced.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/health", "/ready", "/metrics"):
            await client.get(path)
    assert traced.spans == []


async def test_the_log_says_which_request_and_which_trace_a_line_is_of() -> None:
    traced = Traced()
    with capture_logs([merge_contextvars]) as logs:
        await traced.ask(BEST, headers={"traceparent": PARENT, "x-request-id": "mine"})
    assert logs[-1]["request_id"] == "mine"
    assert logs[-1]["trace_id"] == PARENT[3:35]
    assert int(logs[-1]["span_id"], 16) == traced.one("POST").context.span_id
