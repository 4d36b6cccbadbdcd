"""A model that `fathom train pause` taught, served: behind M pauses it says what transformers has.

The pauses are put behind the ids of the prompt, as the service does it.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from engines.http import Transport
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from tests.vllm.asked import VARIABLES, Told, ask
from tests.vllm.paused_data import ANSWERS, PAUSES
from tests.vllm.servers import CACHE, ENVIRONMENT, ROOT, Model, serve
from training.pause import PAUSE
from training.tuning.embedded import FILE

pytestmark = pytest.mark.vllm

FOLDER = CACHE / "paused"
MOST = 20


@pytest.fixture(scope="module")
def folder() -> Path:
    """Where the model is, taught anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    program = [ENVIRONMENT / "bin" / "python", "-m", "tests.vllm.paused", CACHE / "smollm2", FOLDER]
    subprocess.run(program, env=os.environ | VARIABLES, cwd=ROOT, check=True)
    return FOLDER / "fine"


@pytest.fixture(scope="module")
def told(folder: Path) -> Mapping[str, Told]:
    """What transformers says behind the pauses."""
    return {asked: ask(folder, asked, pauses=PAUSES, most=MOST) for asked in ANSWERS}


def said(asked: str) -> str:
    return f"{ANSWERS[asked]}<|im_end|>"


async def test_vllm_says_behind_the_pauses_what_the_model_learnt(folder, told) -> None:
    with serve(Model("paused/fine", ())) as url:
        async with Transport(url) as server:
            for asked, one in told.items():
                chat = {"messages": [{"role": "user", "content": asked}]}
                ids = (await server.post("/tokenize", chat, request_id="it"))["tokens"]
                assert [*ids, *[one.pause] * PAUSES] == one.ids
                greedy = {"prompt": one.ids, "max_tokens": MOST, "temperature": 0,
                          "return_token_ids": True, "skip_special_tokens": False}  # fmt: skip
                answer = await server.post("/v1/completions", greedy, request_id="it")
                assert answer["choices"][0]["token_ids"] == one.drawn
                assert answer["choices"][0]["text"] == said(asked)


async def test_the_embedded_engine_says_it_too(folder, told) -> None:
    config = LlamaCppConfig(model=folder / FILE, context=512, slots=1)
    async with open_llamacpp(config) as engine:
        for one in told.values():
            assert await engine.tokenize(PAUSE * 2) == (one.pause, one.pause)
            assert [*await engine.tokenize(one.prompt), *[one.pause] * PAUSES] == one.ids
            greedy = {"prompt": one.ids, "n_predict": MOST, "temperature": 0, "return_tokens": True}
            answer = await engine._http.post("/completion", greedy, request_id="it")
            assert answer["tokens"] == one.drawn
