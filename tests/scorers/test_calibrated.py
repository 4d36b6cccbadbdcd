"""A scorer through a curve."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable, Verdict
from scorers.breaker import BreakerConfig
from scorers.build import ScorerConfig
from scorers.calibrated import Calibrated
from scorers.calibration import Calibration, Isotonic, Platt
from scorers.maths import Maths
from scorers.opening import open_scorers
from scorers.vote import Vote
from tests.scorers.candidates import LastWord, candidate
from tests.scorers.test_ensemble import Says

READ = TypeAdapter(ScorerConfig).validate_python
HALVED = Isotonic(knots=((0, 0), (1, 0.5)))
WHOLE = candidate("one", "two")


def through(inner, level="solution", **how) -> Calibrated:
    return Calibrated("it", inner, Calibration(curve=HALVED, level=level), **how)


async def opinion(scorer):
    (said,) = (await scorer.judge((WHOLE,))).opinions
    return said


PRM = Says("prm", Verdict(0.4, (0.8, 0.4), ("judge: down",)))


@pytest.mark.parametrize(
    ("level", "how", "score", "rewards"),
    [
        ("solution", {}, 0.2, (0.8, 0.4)),
        ("step", {}, 0.2, (0.4, 0.2)),
        ("step", {"aggregation": "min"}, 0.2, (0.4, 0.2)),
        ("step", {"aggregation": "product"}, 0.08, (0.4, 0.2)),
        ("step", {"aggregation": "mean"}, 0.3, (0.4, 0.2)),
    ],
)
async def test_scores_and_the_rewards_of_steps_become_chances(level, how, score, rewards):
    said = await opinion(through(PRM, level, **how))
    assert said.score == pytest.approx(score)
    assert said.rewards == pytest.approx(rewards)
    assert said.missing == ("judge: down",)


@pytest.mark.parametrize("level", ["solution", "step"])
async def test_a_single_reward_that_is_the_score_is_mapped_with_it(level):
    said = await opinion(through(Says("orm", Verdict(0.5, (0.5,))), level))
    assert said == Verdict(0.25, (0.25,))


async def test_a_single_reward_that_is_another_number_stays_by_a_curve_of_solutions():
    assert await opinion(through(Says("orm", Verdict(0.5, (0.7,))))) == Verdict(0.25, (0.7,))


async def test_an_abstention_stays_one_and_a_failure_too():
    assert await opinion(through(Says("mute", Abstention("no")))) == Abstention("no")
    with pytest.raises(ScorerUnavailable, match="refused"):
        await opinion(through(Says("down", ScorerUnavailable("refused"))))


async def test_the_bill_and_all_it_needs_are_those_of_the_scorer_asked():
    scorer, begun = through(PRM), candidate("one", finish=None)
    assert (await scorer.judge((WHOLE, begun))).usage == Usage(calls=1, flops=2)
    assert scorer.bound((WHOLE, begun)) == Usage(calls=1, flops=4)
    assert (scorer.name, scorer.partial, scorer.remote) == ("it", True, True)
    assert (scorer.relative, scorer.alternatives, scorer.counts) == (False, 0, {"flops"})
    assert through(Vote("vote", LastWord(), None)).relative


async def test_the_one_asked_is_told_the_right_answer_if_it_compares():
    scorer = through(Maths("maths", LastWord(), None, None))
    assert (scorer.compares, scorer.untold) == (True, True)
    told = scorer.told("42")
    (said,) = (await told.judge((candidate("Answer: 42"),))).opinions
    assert (said.score, told.untold) == (0.5, False)
    assert not through(PRM).compares
    assert (await opinion(through(PRM).told("42"))).score == pytest.approx(0.2)


def written(folder, level="solution") -> str:
    path = folder / "c.json"
    Calibration(curve=Platt(slope=1, intercept=1), level=level).write(path)
    return str(path)


async def test_it_is_configured_by_the_name_of_another_which_may_come_later(tmp_path):
    config = {"kind": "calibrated", "scorer": "vote", "file": written(tmp_path)}
    configs = {"sure": READ(config), "vote": READ({"kind": "vote"})}
    engine = FakeEngine(lambda *_: "")
    async with open_scorers(configs, engine, LastWord(), BreakerConfig()) as scorers:
        votes = (candidate("Answer: 1"), candidate("Answer: 2"))
        judged = await scorers["sure"].judge(votes)
    assert list(scorers) == ["sure", "vote"]
    assert judged.opinions[0].score == pytest.approx(0.7311, abs=1e-4)


@pytest.mark.parametrize(
    ("level", "wrong", "complaint"),
    [
        ("solution", {"aggregation": "min"}, "of the chances of steps"),
        ("step", {"aggregation": "max"}, "aggregation"),
        ("step", {"scorer": ""}, "scorer"),
        ("step", {"file": "absent.json"}, "absent.json cannot be read"),
        ("step", {"method": "platt"}, "method"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(level, wrong, complaint, tmp_path):
    config = {"kind": "calibrated", "scorer": "prm", "file": written(tmp_path, level)}
    with pytest.raises(ValidationError, match=complaint):
        READ(config | wrong)


def test_the_file_is_read_once_when_the_configuration_is(tmp_path):
    file = written(tmp_path, "step")
    config = READ({"kind": "calibrated", "scorer": "prm", "file": file, "aggregation": "product"})
    (tmp_path / "c.json").write_text(json.dumps({}))
    assert config.calibration.curve.slope == 1
