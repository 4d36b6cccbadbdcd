"""Students that `fathom train sft` makes, served: they read what they learnt, and answer it."""

import json
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
from tests.vllm.servers import CACHE, ENVIRONMENT, ROOT, Model, serve
from training.pairs import read_pairs
from training.tuning.report import RECORD

pytestmark = pytest.mark.vllm

FOLDER = CACHE / "tuned"
# One thread: two that wait for each other take minutes on a machine that others use.
VARIABLES = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def made() -> Path:
    """Where the students are, tuned anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    program = [ENVIRONMENT / "bin" / "python", "-m", "tests.vllm.tuned", FOLDER]
    subprocess.run(program, env=os.environ | VARIABLES, cwd=ROOT, check=True)
    return FOLDER


@pytest.fixture(scope="module")
def url(made):
    with serve(Model("tuned/own/student", ("--max-model-len", "256"))) as found:
        yield found


@pytest.fixture(params=["vllm", "llamacpp", "llamacpp, our template"])
async def served(request, made) -> AsyncIterator[tuple[Engine, Path]]:
    """An engine, and the folder of what it serves."""
    folder = made / ("none" if "our" in request.param else "own")
    if request.param == "vllm":
        address = request.getfixturevalue("url")
        async with open_vllm(VllmConfig(url=address)) as engine:
            yield engine, folder
        return
    file = folder / "student" / "model.gguf"
    async with open_llamacpp(LlamaCppConfig(model=file, context=256, slots=1)) as engine:
        yield engine, folder


async def test_a_server_reads_the_ids_that_were_trained_on_and_answers_as_was_learnt(
    served: tuple[Engine, Path],
) -> None:
    engine, folder = served
    rows = json.loads((folder / "rows.json").read_text())
    for pair, row in zip(read_pairs(folder / "pairs.jsonl"), rows, strict=True):
        prompt = await engine.render(Conversation((Message("user", pair.instruction),)))
        assert list(prompt.ids or ()) == row["ids"][: row["prompt"]]
        sampling = Sampling(max_tokens=16, temperature=0)
        [sample] = (await engine.generate(Request("it", prompt, (), 1, sampling, 0))).samples
        assert (sample.step.text, sample.finish) == (pair.response, "eos")


def test_the_directory_says_how_it_is_served(made: Path) -> None:
    report = json.loads((made / "own" / "student" / RECORD).read_text())
    assert report["serve"] == f"vllm serve {made}/own/student"
    assert report["serve_embedded"].endswith("student/model.gguf fathom serve")
