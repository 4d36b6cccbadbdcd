"""Flags name models and engines of the configuration."""

import pytest
import typer

from app.commands.named import check_named, engine_named, only
from app.models import ModelConfig
from app.service import Service
from app.settings import Settings
from engines.fake import FakeEngine
from engines.probe import VllmConfig
from tests.search.world import LastWord, a_or_b

URL = VllmConfig(url="http://localhost:1")
SETTINGS = Settings(
    engines={"teacher": URL, "idle": URL},
    models={"base": ModelConfig(engine="teacher"), "other": ModelConfig(engine=URL)},
)


@pytest.mark.parametrize("name", [None, "fathom", "default", "teacher", "base", "other"])
def test_a_flag_names_a_model_or_an_engine(name: str | None) -> None:
    check_named(SETTINGS, name, "--student")


def test_another_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(typer.BadParameter, match=r"--student: there is no 'x'; .* base, other, "):
        check_named(SETTINGS, "x", "--student")


def test_only_what_is_named_is_opened_and_nobody_who_would_judge() -> None:
    kept = only(SETTINGS, "base", None)
    assert (set(kept.further), set(kept.engines)) == ({"base"}, {"teacher"})
    assert set(kept.judges) == set(kept.of(kept.further["base"]).judges) == {"confidence", "vote"}
    alone = only(Settings(), None)
    assert (alone.further, alone.engines, alone.chain) == ({}, {}, ("vote",))


def test_an_engine_is_found_by_its_name_or_its_models() -> None:
    def a_service(**more: object) -> Service:
        return Service(SETTINGS, FakeEngine(a_or_b), LastWord(), {}, **more)  # type: ignore[arg-type]

    teacher, base = FakeEngine(a_or_b), a_service()
    service = a_service(engines={"teacher": teacher}, named={"base": base})
    assert engine_named(service, "teacher") is teacher
    assert engine_named(service, "base") is base.engine
    assert all(engine_named(service, n) is service.engine for n in (None, "fathom", "default"))
