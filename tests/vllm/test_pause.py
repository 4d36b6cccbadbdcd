"""A model that `fathom train pause` taught, served: behind M pauses it says what transformers has.

The engines find its token, and put the pauses behind the ids of the prompt.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from engines.base import Engine, Request, Sampling
from engines.build import open_vllm
from engines.conversation import Conversation, Message
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.probe import VllmConfig
from tests.vllm.asked import VARIABLES, Told, ask
from tests.vllm.paused_data import ANSWERS, PAUSES
from tests.vllm.servers import CACHE, ENVIRONMENT, ROOT, Model, serve

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


@pytest.fixture(params=["vllm", "llamacpp"])
async def engine(request, folder) -> AsyncIterator[Engine]:
    if request.param == "vllm":
        with serve(Model("paused/fine", ())) as url:
            async with open_vllm(VllmConfig(url=url)) as found:
                yield found
        return
    file = folder / "model.gguf"
    async with open_llamacpp(LlamaCppConfig(model=file, context=512, slots=1)) as found:
        yield found


async def test_behind_its_pauses_it_says_what_it_learnt_and_what_transformers_has(
    engine: Engine, told: Mapping[str, Told]
) -> None:
    pause = engine.capabilities.pause
    for asked, one in told.items():
        prompt = await engine.render(Conversation((Message("user", asked),)))
        sampling = Sampling(max_tokens=MOST, temperature=0, pauses=(one.pause,) * PAUSES)
        request = Request("it", prompt, (), 1, sampling, 0)
        assert (pause, request.ids) == (one.pause, one.ids)
        [sample] = (await engine.generate(request)).samples
        assert [*(sample.step.ids or ())][: len(one.drawn) - 1] == one.drawn[:-1]
        assert (sample.step.text, sample.finish) == (ANSWERS[asked], "eos")
