"""A model that `fathom train pause` taught, served: behind M pauses it says what transformers has.

The engines find its token, and put the pauses behind the ids of the prompt.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engines.base import Engine, Request, Sampling
from engines.build import open_vllm
from engines.conversation import Conversation, Message
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.probe import VllmConfig
from tests.vllm.asked import VARIABLES, Answer, ask
from tests.vllm.paused_data import ANSWERS, PAUSES
from tests.vllm.servers import CACHE, ENVIRONMENT, ROOT, Model, serve

pytestmark = pytest.mark.vllm

FOLDER = CACHE / "paused"


@pytest.fixture(scope="module")
def folder() -> Path:
    """Where the model is, taught anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    program = [ENVIRONMENT / "bin" / "python", "-m", "tests.vllm.paused", FOLDER]
    subprocess.run(program, env=os.environ | VARIABLES, cwd=ROOT, check=True)
    return FOLDER / "fine"


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Answer]:
    """What transformers says behind the pauses."""
    found = ask(folder, *ANSWERS, pauses=PAUSES, most=12)
    return dict(zip(ANSWERS, found.answers, strict=True))


@pytest.fixture(params=["vllm", "llamacpp"])
async def engine(request, folder) -> AsyncIterator[Engine]:
    if request.param == "vllm":
        with serve(Model("paused/fine", ("--max-model-len", "256"))) as url:
            async with open_vllm(VllmConfig(url=url)) as found:
                yield found
        return
    file = folder / "model.gguf"
    async with open_llamacpp(LlamaCppConfig(model=file, context=256, slots=1)) as found:
        yield found


async def test_behind_its_pauses_it_says_what_it_learnt_and_what_transformers_has(
    engine: Engine, told: dict[str, Answer]
) -> None:
    for asked, answer in told.items():
        prompt = await engine.render(Conversation((Message("user", asked),)))
        sampling = Sampling(max_tokens=12, temperature=0, pauses=tuple(answer.ids[-PAUSES:]))
        request = Request("it", prompt, (), 1, sampling, 0)
        assert request.ids == answer.ids
        [sample] = (await engine.generate(request)).samples
        drawn = list(sample.step.ids or ())
        assert drawn == answer.drawn[: len(drawn)]
        assert (sample.step.text, sample.finish) == (ANSWERS[asked], "eos")


async def test_the_embedded_engine_finds_the_token(folder: Path, told: dict[str, Answer]) -> None:
    # vLLM is asked for a bias on its 2,000th token first, which so small a model has not.
    config = LlamaCppConfig(model=folder / "model.gguf", context=256, slots=1)
    async with open_llamacpp(config) as found:
        assert found.capabilities.pause == told["Sky?"].ids[-1]
