"""vLLM keeps the contract of every engine."""

from collections.abc import AsyncIterator

import pytest

from engines.base import Engine
from engines.build import open_vllm
from engines.http import Transport
from engines.probe import VllmConfig
from engines.vllm import Vllm
from tests.engines.contract import ServedContract
from tests.engines.thoughts import ThoughtContract
from tests.engines.tokens import BiasContract, TokenContract

pytestmark = pytest.mark.vllm


class TestVllm(ServedContract, ThoughtContract, TokenContract, BiasContract):
    @pytest.fixture
    async def engine(self, vllm_url: str) -> AsyncIterator[Engine]:
        async with open_vllm(VllmConfig(url=vllm_url, parameters=135e6)) as engine:
            yield engine

    @pytest.fixture
    async def dead(self, engine: Engine) -> AsyncIterator[Engine]:
        async with Transport("http://127.0.0.1:0") as nowhere:
            yield Vllm(nowhere, engine.capabilities)
