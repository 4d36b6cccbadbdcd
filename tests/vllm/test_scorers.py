"""The promises of every scorer, kept with real servers behind them."""

import pytest

from engines.fake import FakeEngine
from engines.http import Transport
from engines.probe import VllmConfig, probe
from scorers.base import Abstention, ScorerUnavailable, Verdict
from scorers.build import open_scorer
from scorers.judge import JudgeConfig
from scorers.labels import PrmLabelsConfig
from scorers.prm import PrmPoolingConfig
from scorers.rubric import RubricConfig
from scorers.think import ThinkPrmConfig
from tests.scorers.candidates import LastWord, candidate
from tests.scorers.contract import FIRST, ScorerContract

pytestmark = pytest.mark.vllm
UNUSED = FakeEngine(lambda *_: "")


class TestPrm(ScorerContract):
    @pytest.fixture
    async def scorer(self, prm_url):
        config = PrmPoolingConfig(url=prm_url, parameters=135e6)
        async with open_scorer("prm", config, UNUSED, LastWord()) as scorer:
            yield scorer


class TestJudge(ScorerContract):
    @pytest.fixture
    async def scorer(self, vllm_url):
        async with Transport(vllm_url) as transport:
            engine = await probe(transport, VllmConfig(url=vllm_url, parameters=135e6))
            async with open_scorer("judge", JudgeConfig(), engine, LastWord()) as scorer:
                yield scorer


class TestGenerativeScoring(ScorerContract):
    @pytest.fixture
    async def scorer(self, vllm_url):
        server = VllmConfig(url=vllm_url, parameters=135e6, labels="generative_scoring")
        async with open_scorer("judge", JudgeConfig(server=server), UNUSED, LastWord()) as scorer:
            yield scorer


class TestPrmLabels(ScorerContract):
    @pytest.fixture
    async def scorer(self, vllm_url):
        server = VllmConfig(url=vllm_url, parameters=135e6)
        config = PrmLabelsConfig(server=server, family="rlhflow")
        async with open_scorer("labels", config, UNUSED, LastWord()) as scorer:
            yield scorer


@pytest.mark.parametrize("config", [ThinkPrmConfig, RubricConfig])
async def test_who_writes_before_judging_gives_a_verdict_or_says_why_not(vllm_url, config):
    told = config(server=VllmConfig(url=vllm_url), max_tokens=64)
    async with open_scorer("writer", told, UNUSED, LastWord()) as scorer:
        judged = (FIRST, candidate("6 * 7 is 41.\nAnswer: 41"))
        judgement = await scorer.judge(judged)
        most = scorer.bound(judged).completion_tokens
        assert 0 < judgement.usage.completion_tokens <= most
    assert all(isinstance(opinion, Verdict | Abstention) for opinion in judgement.opinions)


async def test_a_step_has_the_same_reward_whatever_follows(prm_url):
    config = PrmPoolingConfig(url=prm_url)
    begun = candidate(FIRST.steps[0].text, finish=None)
    async with open_scorer("prm", config, UNUSED, LastWord()) as scorer:
        alone, before = (await scorer.judge((begun, FIRST))).opinions
    assert isinstance(alone, Verdict)
    assert isinstance(before, Verdict)
    assert alone.rewards == pytest.approx(before.rewards[:1], abs=1e-4)


async def test_a_text_longer_than_the_context_is_an_abstention_on_its_candidate(prm_url):
    long = candidate("6 * 7 is\n", "six times seven is " * 2000)
    async with open_scorer("prm", PrmPoolingConfig(url=prm_url), UNUSED, LastWord()) as scorer:
        short, cut = (await scorer.judge((FIRST, long))).opinions
    assert isinstance(short, Verdict)
    assert cut == Abstention("3 separators sent, 2 rows came back")


@pytest.mark.parametrize("separator", ["\n\n", " ки\n\n"])
async def test_a_separator_the_server_does_not_rate_is_refused_at_the_start(prm_url, separator):
    config = PrmPoolingConfig(url=prm_url, separator=separator)
    with pytest.raises(ScorerUnavailable, match="`separator` and `prefix`"):
        async with open_scorer("prm", config, UNUSED, LastWord()):
            pass


async def test_a_server_that_generates_is_no_prm(vllm_url):
    with pytest.raises(ScorerUnavailable):
        async with open_scorer("prm", PrmPoolingConfig(url=vllm_url), UNUSED, LastWord()):
            pass
