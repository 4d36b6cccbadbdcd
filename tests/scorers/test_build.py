import pytest
from pydantic import TypeAdapter, ValidationError

from engines.fake import FakeEngine
from scorers.build import ScorerConfig, open_scorer
from scorers.confidence import Confidence
from scorers.judge import Judge
from scorers.prm import PrmPoolingConfig
from scorers.rubric import Rubric
from scorers.rubric_pairs import RubricPairs
from scorers.think import ThinkPrm
from scorers.vote import Vote
from tests.scorers.candidates import LastWord, candidate

READ = TypeAdapter(ScorerConfig).validate_python


@pytest.mark.parametrize(
    ("kind", "scorer"),
    [
        ("confidence", Confidence),
        ("vote", Vote),
        ("judge", Judge),
        ("think_prm", ThinkPrm),
        ("rubric", Rubric),
        ("rubric_pairs", RubricPairs),
    ],
)
async def test_a_kind_gives_its_scorer_under_the_name_given(kind, scorer):
    engine = FakeEngine(lambda *_: "")
    async with open_scorer("mine", READ({"kind": kind}), engine, LastWord()) as opened:
        assert isinstance(opened, scorer)
        assert opened.name == "mine"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "oracle"},
        {"kind": "vote", "patern": "x"},
        {"kind": "vote", "pattern": "("},
        {"kind": "confidence", "measure": "entropy"},
        {"kind": "confidence", "alternatives": 0},
        {"kind": "ensemble", "members": ["one"]},
        {"kind": "ensemble", "members": ["one", "one"]},
        {"kind": "ensemble", "members": ["one", "two"], "how": "max"},
        {"kind": "ensemble", "members": ["one", "two"], "how": "lower_bound", "k": -1},
        {"kind": "ensemble", "members": ["one", "two"], "k": 2},
        {"kind": "regex"},
        {"kind": "regex", "pattern": "("},
        {"kind": "regex", "pattern": "x" * 201},
        {"kind": "json_schema"},
        {"kind": "json_schema", "schema": {"type": "nope"}},
        {"kind": "json_schema", "schema_": {}},
        {"kind": "maths", "answer": ""},
        {"kind": "maths", "pattern": "("},
        {"kind": "prm_pooling"},
        {"kind": "prm_pooling", "url": "file:///etc/passwd"},
        {"kind": "prm_pooling", "url": "http://prm", "separator": ""},
        {"kind": "prm_pooling", "url": "http://prm", "positive": -1},
        {"kind": "prm_pooling", "url": "http://prm", "positive": []},
        {"kind": "prm_pooling", "url": "http://prm", "parameters": 0},
        {"kind": "prm_pooling", "url": "http://prm", "prefix": "no question"},
        {"kind": "prm_pooling", "url": "http://prm", "family": "unheard_of"},
        {"kind": "prm_pooling", "url": "http://prm", "timeout_seconds": 0},
        {"kind": "orm_pooling"},
        {"kind": "orm_pooling", "url": "http://orm", "family": "qwen"},
        {"kind": "orm_pooling", "url": "http://orm", "scale": 0},
        {"kind": "prm_labels"},
        {"kind": "prm_labels", "server": {"url": "http://prm"}, "labels": ["+"]},
        {"kind": "judge", "rationales": -1},
        {"kind": "judge", "temperature": 0},
        {"kind": "think_prm", "samples": 4},
        {"kind": "rubric", "rubric": ""},
        {"kind": "rubric_pairs", "samples": 2, "temperature": 0},
    ],
)
def test_a_configuration_that_cannot_work_is_refused(wrong):
    with pytest.raises(ValidationError):
        READ(wrong)


async def test_an_ensemble_is_opened_with_its_members():
    engine, config = FakeEngine(lambda *_: ""), READ({"kind": "ensemble", "members": ["a", "b"]})
    members = {name: Vote(name, LastWord(), None) for name in "ab"}
    async with open_scorer("mine", config, engine, LastWord(), members) as opened:
        (opinion,) = (await opened.judge((candidate("Answer: 1"),))).opinions
    assert opinion.score == 1


def test_a_key_is_never_shown():
    config = PrmPoolingConfig(url="http://prm", api_key="sk-secret")
    assert "sk-secret" not in repr(config) + config.model_dump_json()
