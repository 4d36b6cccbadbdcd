"""Every engine that needs no server of its own keeps the contract. vLLM's: tests/vllm."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from engines.base import Engine, Generation, Listener, Request
from engines.fake import FakeEngine
from engines.http import Transport
from engines.llamacpp_client import LlamaCpp
from search.events import Generated, Rendered
from search.replay import Replay
from tests.engines.contract import LONG, EngineContract, LiveContract, ServedContract
from tests.engines.thoughts import ThoughtContract
from tests.engines.tokens import BiasContract, TokenContract

WORDS = "I like cats because they purr, dogs because they bark and owls because they hoot a lot. "
OWL = '{"name": "owl", "legs": 2, "hoots": true}'


def recite(request: Request, i: int) -> str:
    """Go on from what was said, as a model does that has learnt one thing by heart."""
    if request.sampling.json_schema:
        return OWL
    return (WORDS * 20)[len(request.text) :]


def fake() -> FakeEngine:
    def latency(request: Request) -> float:
        return 3600 if request.sampling.max_tokens >= LONG else 0

    return FakeEngine(recite, latency=latency, logprob=lambda _, i: -1.0 - i)


class TestFake(LiveContract, ThoughtContract, TokenContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return fake()

    @override
    async def working(self, begun: asyncio.Event) -> None:
        await asyncio.sleep(0)  # it says nothing until all is said


class Recorded(Replay):
    """Has a fake engine answer first, and replays what it said."""

    def __init__(self) -> None:
        self._fake = fake()
        self.capabilities = self._fake.capabilities

    @override
    async def render(self, conversation):
        trace = [Rendered(await self._fake.render(conversation))]
        return await Replay(trace, self.capabilities).render(conversation)

    @override
    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        trace = [Generated(request, await self._fake.generate(request))]
        return await Replay(trace, self.capabilities).generate(request, listen)


class TestReplay(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return Recorded()


@pytest.mark.embedded
class TestEmbedded(ServedContract, ThoughtContract, TokenContract, BiasContract):
    @pytest.fixture
    def engine(self, embedded: LlamaCpp) -> Engine:
        return embedded

    @pytest.fixture
    async def dead(self, embedded: LlamaCpp) -> AsyncIterator[Engine]:
        async with Transport("http://127.0.0.1:0") as nowhere:
            yield LlamaCpp(nowhere, embedded.capabilities, 4096)
