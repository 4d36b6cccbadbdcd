"""Verifiers that `fathom train` makes, on a real vLLM: the rewards are those of transformers."""

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engines.fake import FakeEngine
from engines.http import Transport
from scorers.base import Verdict
from scorers.build import open_scorer
from scorers.pooling import Pooling
from scorers.prm import PrmPoolingConfig
from tests.scorers.candidates import LastWord
from tests.training.solutions import example, sums
from tests.vllm.servers import CACHE, ENVIRONMENT, ROOT, Model, serve
from training.examples import write_examples
from training.tuning.report import RECORD
from training.verifier.reading import candidate_of, family_of

pytestmark = pytest.mark.vllm

FOLDER = CACHE / "trained"
ODD = (
    example("Tom has 2 boxes.\n\nEach has 3 pens.", " ", "So 6.", question="How many?\nThink."),
    example("It is 6."),
)
EXAMPLES = [*sums(8), *ODD]
# One thread: two that wait for each other take minutes on a machine that others use.
VARIABLES = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Trained:
    """A verifier's server, what its directory says, and what transformers makes of `EXAMPLES`."""

    url: str
    record: dict[str, Any]
    rated: dict[str, Any]

    @property
    def config(self) -> PrmPoolingConfig:
        """The configuration in the directory, with this server's address."""
        return PrmPoolingConfig.model_validate(self.record["scorer"] | {"url": self.url})


@pytest.fixture(scope="module")
def folder() -> Path:
    """Where the verifiers are, trained anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    write_examples(FOLDER / "data.jsonl", EXAMPLES)
    program = [ENVIRONMENT / "bin" / "python", "-m", "tests.vllm.trained"]
    subprocess.run(
        [*program, CACHE / "smollm2", FOLDER],
        env=os.environ | VARIABLES, cwd=ROOT, check=True,
    )  # fmt: skip
    return FOLDER


@pytest.fixture(scope="module", params=["prm", "orm"])
def trained(request, folder):
    record = json.loads((folder / request.param / RECORD).read_text())
    rated = json.loads((folder / f"{request.param}.json").read_text())
    words = shlex.split(record["serve"])
    flags = tuple(words[words.index("--runner") : words.index("--port")])
    with serve(Model(f"{folder.name}/{request.param}", flags)) as url:
        yield Trained(url, record, rated)


@pytest.mark.parametrize("kind", ["prm", "orm"])
def test_the_command_says_in_the_directory_what_it_learnt_from(folder: Path, kind: str) -> None:
    record = json.loads((folder / kind / RECORD).read_text())
    assert record["settings"]["kind"] == kind
    assert record["counts"]["trained"] + record["counts"]["held_out"] == len(EXAMPLES) - len(ODD)


async def test_a_servers_rewards_are_those_of_transformers(trained: Trained) -> None:
    candidates = [candidate_of(one) for one in EXAMPLES]
    async with open_scorer("it", trained.config, FakeEngine(lambda *_: ""), LastWord()) as scorer:
        judgement = await scorer.judge(candidates)
    rewards = [o.rewards for o in judgement.opinions if isinstance(o, Verdict)]
    for served, rated in zip(rewards, trained.rated["rewards"], strict=True):
        assert served == pytest.approx(rated, abs=1e-3)
    assert len({round(one[-1], 3) for one in rewards}) > 10
    assert max(map(abs, trained.rated["bias"])) > 1e-3, "a head without a bias would pass too"


async def test_a_server_reads_the_ids_that_were_trained_on(trained: Trained) -> None:
    layout = family_of(trained.record["scorer"]).layout
    written = [layout.write(candidate_of(one)) for one in EXAMPLES]
    async with Transport(trained.url) as transport:
        server = Pooling("it", transport, 60)
        model = await server.first_model()
        tag = await server.tokenize(model, layout.separator, special=False)
        texts = [await server.tokenize(model, w.text, special=True) for w in written]
    assert tag[-1] == trained.record["step_tag"]
    # SmolLM2's tokenizer never joins a line's end: steps by themselves give the same ids.
    assert [list(ids) for ids in texts] == trained.rated["ids"]
