"""The laboratory's models on a real vLLM: what it makes of them is what transformers does."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import HttpUrl

from engines.fake import FakeEngine
from engines.http import Transport
from evaluation.lab.tokens import prompt_ids
from scorers.base import Verdict
from scorers.build import open_scorer
from scorers.prm import PrmPoolingConfig
from tests.scorers.candidates import LastWord
from tests.vllm.lab_solutions import EXAMPLES, QUESTION
from tests.vllm.servers import CACHE, ENVIRONMENT, ROOT, Model, serve
from training.verifier.reading import candidate_of
from weights import LAB

pytestmark = pytest.mark.vllm

LENGTH = ("--max-model-len", "320")
POOLER = {"task": "token_classify", "tok_pooling_type": "STEP", "step_tag_id": 7}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What transformers says."""
    program = [str(ENVIRONMENT / "bin" / "python"), "-m", "tests.vllm.rated"]
    env = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    said = subprocess.run(program, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def served(name: str, *flags: str) -> Iterator[str]:
    shutil.copytree(LAB / name, CACHE / f"lab-{name}", dirs_exist_ok=True)
    with serve(Model(f"lab-{name}", (*LENGTH, *flags))) as url:
        yield url


@pytest.fixture(scope="module")
def prm() -> Iterator[str]:
    yield from served("prm", "--runner", "pooling", "--pooler-config", json.dumps(POOLER))


@pytest.fixture(scope="module")
def reasoner() -> Iterator[str]:
    yield from served("reasoner")


async def test_the_process_reward_models_rewards_are_those_of_transformers(prm, told) -> None:
    config = PrmPoolingConfig(url=HttpUrl(prm), family="lines", split="\n", aggregation="product")
    async with open_scorer("prm", config, FakeEngine(lambda *_: ""), LastWord()) as scorer:
        judgement = await scorer.judge([candidate_of(example) for example in EXAMPLES])
    served = [o.rewards for o in judgement.opinions if isinstance(o, Verdict)]
    for rewards, rated in zip(served, told["rewards"], strict=True):
        assert rewards == pytest.approx(rated, abs=1e-3)


async def test_the_reasoner_says_what_it_says_in_transformers(reasoner, told) -> None:
    chat = {"messages": [{"role": "user", "content": QUESTION}]}
    greedy = {"max_tokens": 150, "temperature": 0}
    async with Transport(reasoner) as transport:
        ids = (await transport.post("/tokenize", chat, request_id="lab"))["tokens"]
        asked = {"prompt": ids, **greedy}
        answer = await transport.post("/v1/completions", asked, request_id="lab")
    assert ids == prompt_ids(QUESTION)
    assert answer["choices"][0]["text"] == told["answer"]
