"""Ensembles of scorers, as they are configured and as a response tells of them."""

from contextlib import asynccontextmanager

import pytest
from pydantic import ValidationError

from app.service import open_service
from app.settings import Settings
from engines.fake import FakeEngine
from tests.app.cli_world import fathom
from tests.search.world import LastWord, a_or_b

MEMBERS = {"both": {"kind": "ensemble", "members": ["vote", "sure"]}}
SIMPLE = {"vote": {"kind": "vote"}, "sure": {"kind": "confidence"}}


def settings(**scorers: object) -> Settings:
    # The engine is a fake, which no policy that comes along is of.
    engine = {"kind": "vllm", "url": "http://nowhere"}
    return Settings(engine=engine, scorers=scorers, scorer=tuple(scorers)[:1])  # type: ignore[arg-type]


@asynccontextmanager
async def fake(*_: object):
    yield FakeEngine(a_or_b)


async def test_members_may_be_configured_after_it(monkeypatch) -> None:
    monkeypatch.setattr("app.service.open_engine", fake)
    monkeypatch.setattr("app.service.MathGrader", _Grader)
    async with open_service(settings(**MEMBERS, **SIMPLE)) as service:
        assert list(service.scorers) == ["both", "vote", "sure"]
        assert service.models().scorers[0].relative


class _Grader(LastWord):
    async def __aenter__(self) -> LastWord:
        return self

    async def __aexit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("members", "complaint"),
    [(["both", "vote"], "cannot need itself"), (["vote", "prm"], "both needs prm")],
)
def test_a_circle_or_a_stranger_is_refused_where_settings_are_read(members, complaint) -> None:
    with pytest.raises(ValidationError, match=complaint):
        settings(both={"kind": "ensemble", "members": members}, **SIMPLE)


def test_and_at_start_up_in_one_sentence(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "fathom.yaml"
    file.write_text("scorers: {a: {kind: ensemble, members: [a, b]}, b: {kind: vote}}\nscorer: [a]")
    result = fathom("serve", "--dry-run", "--config", str(file))
    assert result.exit_code == 2
    assert "a scorer cannot need itself: a needs a" in result.stderr
