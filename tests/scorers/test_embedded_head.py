"""Heads on the real embedded engine, which serves the laboratory's reasoner."""

import random
from collections.abc import AsyncIterator

import pytest

from engines.base import Request, Sampling
from engines.conversation import Conversation, Message
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.llamacpp_client import LlamaCpp
from evaluation.lab.tokens import encode, prompt_ids
from scorers.base import Candidate, Scorer, ScorerUnavailable
from scorers.build import open_scorer
from scorers.head import read_head
from scorers.hidden_states import HiddenStatesConfig
from search.scoring import solution, split
from tests.scorers.candidates import LastWord
from tests.scorers.heads import head_file
from weights import REASONER

pytestmark = pytest.mark.embedded
QUESTION = "(7+5)*3-8*2=?"
KNOWN = {"question": "2+3*4=?", "steps": ["2+12\n", "14\n", "Answer: 14"]}
LINES = {"separator": "\n", "prefix": "<bos>{question}\n", "split": "\n", "apart": True}
CHANCE = random.Random(5)
LAYERS = [{"weights": [[CHANCE.gauss(0, 0.05) for _ in range(128)]], "bias": [0.0]}]


@pytest.fixture
async def engine() -> AsyncIterator[LlamaCpp]:
    config = LlamaCppConfig(model=REASONER, context=2048, slots=4, threads=1)
    async with open_llamacpp(config) as engine:
        yield engine


def config(folder, **fields) -> HiddenStatesConfig:
    model = {name: fields.pop(name) for name in ("model", "threads") if name in fields}
    told = {"layers": LAYERS, "known": KNOWN} | fields
    return HiddenStatesConfig(head=head_file(folder, **told), longest=320, **model)


async def judge(scorer: Scorer, candidate: Candidate) -> tuple[float, ...]:
    [opinion] = (await scorer.judge((candidate,))).opinions
    return opinion.rewards


async def draw(engine: LlamaCpp) -> Candidate:
    """A solution as step searches draw it: line by line."""
    prompt = await engine.render(Conversation((Message("user", QUESTION),)))
    candidate = Candidate(prompt)
    while candidate.finish is None:
        how = Sampling(100, temperature=0, stop=("\n",))
        request = Request("1.0", prompt, candidate.steps, 1, how, seed=1)
        [sample] = (await engine.generate(request)).samples
        ended = None if sample.finish == "stop" else sample.finish
        candidate = Candidate(prompt, (*candidate.steps, sample.step), ended)
    return candidate


async def test_the_generators_turn_is_judged_by_its_states_at_the_ends_of_steps(engine, tmp_path):
    told = config(tmp_path)
    drawn = await draw(engine)
    ids = (*drawn.prompt.ids, *(i for step in drawn.steps for i in step.ids))
    [states] = (await engine.states([ids], request_id="it")).texts
    async with open_scorer("it", told, engine, LastWord()) as scorer:
        rewards = await judge(scorer, drawn)
    ends = [place for place, token in enumerate(ids) if token == encode("\n")[0]][1:]
    head = read_head(told.head)
    expected = [head.probability(states[end]) for end in (*ends, len(ids) - 2)]
    assert rewards == pytest.approx(expected, abs=1e-3)


async def test_a_text_is_judged_as_if_it_had_been_drawn(engine, tmp_path):
    drawn = await draw(engine)
    written = solution(drawn.prompt, split(drawn.text, "\n"), finished=True)
    async with open_scorer("it", config(tmp_path), engine, LastWord()) as scorer:
        assert await judge(scorer, written) == await judge(scorer, drawn)


async def test_a_model_of_its_own_reads_lines_and_is_judged_at_their_ends(engine, tmp_path):
    told = config(tmp_path, model=REASONER, threads=1, layout=LINES)
    text = "12*3-8*2\n36-8*2"
    ids = [*prompt_ids(QUESTION), *encode(f"{text}\n")]
    [states] = (await engine.states([ids], request_id="it")).texts
    asked = solution((await draw(engine)).prompt, split(text, "\n"), finished=False)
    async with open_scorer("it", told, engine, LastWord()) as scorer:
        rewards = await judge(scorer, asked)
    head, end = read_head(told.head), encode("\n")[0]
    ends = [place for place, token in enumerate(ids) if token == end][1:]
    assert rewards == pytest.approx([head.probability(states[i]) for i in ends], abs=1e-3)


async def test_a_head_for_another_model_is_refused(engine, tmp_path):
    known = KNOWN | {"rewards": [0.01, 0.99, 0.01]}
    with pytest.raises(ScorerUnavailable, match="it is not for this model"):
        async with open_scorer("it", config(tmp_path, known=known), engine, LastWord()):
            pass
