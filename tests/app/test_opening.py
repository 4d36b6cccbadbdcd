"""A service whose models come up after it does."""

import asyncio

import pytest

import app.opening
from app.listening import listen
from app.opening import NotReady, Opening
from app.service import Service
from app.settings import Settings
from engines.errors import EngineUnavailable
from tests.engines.wire import Wire, serve


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.opening, "_PATIENCE_SECONDS", 0.01)


async def test_a_server_that_is_not_there_yet_is_waited_for() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
    settings = Settings(engine={"kind": "vllm", "url": f"http://127.0.0.1:{port}"})  # type: ignore[arg-type]
    opening, opened = Opening(), asyncio.Event()
    with pytest.raises(NotReady, match="starting"):
        _ = opening.service
    holding = asyncio.ensure_future(opening.hold(settings, lambda _: opened.set()))
    # Nothing tells of a try that failed but the reason.
    while opening.reason == "starting":  # noqa: ASYNC110
        await asyncio.sleep(0)
    with pytest.raises(NotReady, match="cannot be connected to"):
        _ = opening.service
    async with serve(Wire(), port):
        await opened.wait()
        assert opening.service.engine.capabilities.model == "tiny-7B-chat"
        holding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await holding


async def test_an_embedded_engine_that_does_not_start_is_not_tried_again(tmp_path) -> None:
    settings = Settings(engine={"kind": "llamacpp", "model": tmp_path / "none.gguf"})  # type: ignore[arg-type]

    def never(_: Service) -> None:
        raise AssertionError

    with pytest.raises(EngineUnavailable, match=r"none\.gguf"):
        await Opening().hold(settings, never)
