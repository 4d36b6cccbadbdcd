"""`GET /metrics`: what Prometheus reads."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from app.main import create_app
from app.metrics import Metrics
from app.opening import Opening
from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.client import ASK, an_app, call_app

CHAT = "/v1/chat/completions"


async def numbers(app: FastAPI) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return every number by its name and the values of its labels, in the order of their names."""
    answer = await call_app(app, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {(s.name, tuple(s.labels.values())): s.value for s in samples}


async def asked(app: FastAPI, **body: Any) -> httpx2.Response:
    return await call_app(app, "POST", CHAT, json=ASK | body)


async def test_a_search_is_counted_with_its_tokens() -> None:
    app = an_app()
    answer = (await asked(app, search={"strategy": {"kind": "best_of_n", "n": 3}})).json()
    told = await numbers(app)
    assert told["fathom_searches_total", ("fake", "finished", "best_of_n")] == 1
    generated = told["fathom_search_tokens_total", ("generated", "fake")]
    assert generated == answer["usage"]["completion_tokens"] > 0
    hidden = answer["usage"]["completion_tokens_details"]["reasoning_tokens"]
    assert told["fathom_search_tokens_total", ("returned", "fake")] == generated - hidden
    assert told["fathom_answer_score_count", ("shares_of_b",)] == 1
    assert told["fathom_searches_running", ()] == 0


async def test_requests_are_counted_by_route_and_status_and_not_by_path() -> None:
    app = an_app()
    await asked(app)
    await asked(app, temperature=-1)
    await call_app(app, "GET", "/no/such/path")
    await call_app(app, "GET", "/v1/models/fake")
    told = await numbers(app)
    assert told["fathom_requests_total", (CHAT, "200")] == 1
    assert told["fathom_requests_total", (CHAT, "400")] == 1
    assert told["fathom_requests_total", ("none", "404")] == 1
    assert told["fathom_request_seconds_count", (CHAT,)] == 2
    assert not any("fake" in labels[0] for (name, labels) in told if "requests" in name)


async def test_a_streamed_answer_is_counted_when_it_ends() -> None:
    app = an_app()
    answer = await asked(app, stream=True)
    assert answer.text.endswith("[DONE]\n\n")
    told = await numbers(app)
    assert told["fathom_requests_total", (CHAT, "200")] == 1
    assert told["fathom_first_byte_seconds_count", (CHAT,)] == 1
    assert sum(v for (name, _), v in told.items() if name == "fathom_searches_total") == 1


async def test_a_budget_that_ran_out_is_counted_by_its_limit() -> None:
    app = an_app()
    await asked(app, search={"strategy": {"kind": "best_of_n", "n": 8}, "budget": {"tokens": 3}})
    told = await numbers(app)
    assert told["fathom_budget_exhausted_total", ("tokens",)] == 1
    assert told["fathom_searches_degraded_total", ("best_of_n",)] == 1


async def test_a_search_that_fails_is_counted_by_its_code() -> None:
    def down(request: Request, i: int) -> str:
        raise EngineUnavailable("the server is gone")

    app = an_app(FakeEngine(down))
    assert (await asked(app)).status_code == 502
    told = await numbers(app)
    assert told["fathom_searches_failed_total", ("engine_unavailable",)] == 1
    assert not any(name == "fathom_searches_total" for name, _ in told)


@pytest.mark.parametrize(
    ("error", "code"), [(asyncio.CancelledError(), "given_up"), (KeyError("x"), "internal_error")]
)
def test_a_search_that_is_given_up_or_breaks_is_counted(error: BaseException, code: str) -> None:
    metrics = Metrics()
    with pytest.raises(type(error)), metrics.search():
        raise error
    assert metrics.registry.get_sample_value("fathom_searches_failed_total", {"code": code}) == 1
    assert metrics.registry.get_sample_value("fathom_searches_running") == 0


async def test_two_apps_count_apart() -> None:
    first, second = an_app(), an_app()
    await asked(first)
    assert ("fathom_requests_total", (CHAT, "200")) not in await numbers(second)


async def test_it_answers_before_the_models_do() -> None:
    told = await numbers(create_app(Opening()))
    assert any(name == "fathom_build_info" for name, _ in told)


async def test_no_name_of_a_request_is_a_label() -> None:
    app = an_app()
    await asked(app, user="someone", model="nobody-serves-this")
    text = (await call_app(app, "GET", "/metrics")).text
    assert not re.search("someone|nobody-serves-this|6\\*7", text)


def test_every_metric_is_in_the_documents_with_its_labels() -> None:
    text = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    rows = re.findall(r"^\| `(fathom_\w+)` \| (\w+) \|([^|]*)\|", text, re.MULTILINE)
    told = {name: (kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in rows}
    # Private to the library, and the only place that has the labels of what was not counted yet.
    collectors = list(Metrics().registry._collector_to_names)
    known = {
        {"counter": f"{c._name}_total", "info": f"{c._name}_info"}.get(c._type, c._name): (
            {"info": "gauge"}.get(c._type, c._type),
            ["version"] if c._type == "info" else list(c._labelnames),
        )
        for c in collectors
    }
    assert told == known
