"""IFD and r-IFD by a real vLLM: as transformers computes them, and as they should be."""

import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from engines.build import open_vllm
from engines.conversation import Conversation
from engines.probe import VllmConfig
from tests.app.test_embedded_ifd import PAIRS
from tests.vllm import servers
from training.pairs import Pair, read_pair
from training.recycle.student import Student, reading
from training.recycle.templates import guess

pytestmark = pytest.mark.vllm
CHAT = {
    "messages": [
        {"role": "system", "content": "You are a cook."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello! What shall we cook?"},
        {"role": "user", "content": "How long does an egg take?"},
        {"role": "assistant", "content": "A soft egg takes six minutes, a hard one ten."},
    ]
}


@pytest.fixture
async def student(vllm_url: str) -> AsyncIterator[Student]:
    async with open_vllm(VllmConfig(url=vllm_url, parameters=135e6)) as engine:
        yield Student(reading(engine))


def turns(conversation: Conversation) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in conversation.messages]


def expected(pairs: Sequence[Pair]) -> list[list[float]]:
    """Ask transformers, where torch is."""
    python, script = (
        servers.ENVIRONMENT / "bin" / "python",
        Path(__file__).with_name("difficult.py"),
    )
    asked = [
        {"asked": turns(pair.conversation), "response": pair.response,
         "guessed": turns(guess(pair.response)), "instruction": pair.instruction}
        for pair in pairs
    ]  # fmt: skip
    told = json.dumps({"model": str(servers.CACHE / "smollm2"), "pairs": asked})
    done = subprocess.run(
        [str(python), str(script)], input=told, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


async def test_scores_are_as_transformers_computes_them(student: Student) -> None:
    pairs = [read_pair(row) for row in (*PAIRS, CHAT)]
    found = await student.score(pairs)
    for scores, theirs in zip(found, expected(pairs), strict=True):
        assert (scores.ifd, scores.r_ifd) == pytest.approx(theirs, abs=1e-3)
    assert found[0].ifd < 0.1 < found[1].ifd < 0.6
    assert found[2].ifd > 1


async def test_a_response_longer_than_the_model_reads_is_cut_and_a_guess_of_it_too_long(
    student: Student,
) -> None:
    [scores] = await student.score([Pair("Count to a thousand.", "one two three " * 1000)])
    assert (scores.cut, scores.r_ifd_missing) == (True, "too_long")
    assert scores.ifd > 0
    assert 2 * 2000 < scores.usage.prompt_tokens < 2 * 2047
    assert scores.response_tokens > 2048
