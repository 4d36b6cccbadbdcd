"""Log-probabilities of given texts: vLLM and the embedded engine agree with transformers."""

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engines.base import Engine
from engines.build import open_vllm
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.probe import VllmConfig
from tests.vllm import servers

pytestmark = pytest.mark.vllm
TEXTS = (
    "The capital of France is Paris, and the capital of Italy is Rome.",
    "<|im_start|>user\nWhat is 6 * 7?<|im_end|>\n<|im_start|>assistant\n42.<|im_end|>\n",
    "rain of purple the quickly under seven",
)
QUANTISED = 0.15
"""Nats a token, in the mean: the embedded engine computes in 8 bits, and its weights have 4."""


@pytest.fixture
async def engine(vllm_url: str) -> AsyncIterator[Engine]:
    async with open_vllm(VllmConfig(url=vllm_url, parameters=135e6)) as engine:
        yield engine


def expected(texts: list[tuple[int, ...]]) -> list[list[float]]:
    """Ask transformers, where torch is."""
    command = [
        str(servers.ENVIRONMENT / "bin" / "python"),
        str(Path(__file__).with_name("likely.py")),
    ]
    asked = json.dumps({"model": str(servers.CACHE / "smollm2"), "texts": texts})
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


async def test_vllm_tells_what_transformers_computes(engine: Engine):
    texts = [await engine.tokenize(text) for text in TEXTS]
    told = await engine.prompt_logprobs(texts, request_id="it")
    for ours, theirs in zip(told.texts, expected(texts), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-3)
    assert told.usage.prompt_tokens == sum(map(len, texts))
    assert engine.capabilities.prompt_logprobs == 2047


async def test_the_embedded_engine_tells_nearly_the_same(engine: Engine):
    texts = [await engine.tokenize(text) for text in TEXTS]
    theirs = (await engine.prompt_logprobs(texts, request_id="it")).texts
    async with open_llamacpp(LlamaCppConfig(context=2048, slots=2, threads=1)) as embedded:
        ours = (await embedded.prompt_logprobs(texts, request_id="it")).texts
    for one, other in zip(ours, theirs, strict=True):
        mean = sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)
        assert mean < QUANTISED
