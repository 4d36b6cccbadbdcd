"""Settings read again while the service runs: all that can change, or nothing."""

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from app.metrics import Metrics
from app.opening import Opening
from app.plan import names
from app.reading import WrongSettings, read_again
from app.reloading import Reloading
from app.service import Service
from app.settings import Settings
from app.store.keys import every_key, revoke_key
from engines.base import Request, Sampling
from engines.conversation import Conversation
from engines.fake import FakeEngine
from engines.price import Price
from engines.priced import Priced
from engines.probe import VllmConfig
from tests.app.client import a_service
from tests.app.keys.world import a_world as a_keyed_world
from tests.app.process import backend, served
from tests.search.world import a_or_b

CAREFUL = {"strategy": {"kind": "majority", "n": 3}}
ENGINE = {"kind": "vllm", "url": "http://nowhere"}
PRICE = {"prompt": 1, "completion": 2}


class World:
    """A service whose settings are about to be read again."""

    def __init__(self, **settings: Any) -> None:
        self.engine = Priced(FakeEngine(a_or_b))
        service = a_service(**settings)
        told = service.settings.model_copy(update={"engine": VllmConfig(**ENGINE)})
        service = replace(service, engine=self.engine, settings=told)
        self.opening, self.metrics = Opening(service), Metrics()

    @property
    def service(self) -> Service:
        return self.opening.service

    def reload(self, **settings: Any) -> dict[str, Any]:
        """Read settings that differ in this, and return what is logged."""

        def read() -> Settings:
            known = self.service.settings
            same = {"scorers": known.scorers, "scorer": known.scorer, "engine": ENGINE}
            return read_again(same | settings, None)

        with capture_logs() as logs:
            Reloading(self.opening, read, self.metrics).reload()
        return dict(logs[-1])

    def counted(self, outcome: str) -> bool:
        told = generate_latest(self.metrics.registry).decode()
        return f'fathom_reloads_total{{outcome="{outcome}"}} 1.0' in told


def test_what_can_change_is_used_from_now_on_and_said() -> None:
    world = World()
    before = world.service
    log = world.reload(aliases={"careful": CAREFUL}, temperature=0.5)
    assert (log["event"], log["needs_restart"]) == ("reloaded", [])
    assert set(log["changed"]) == {"aliases", "temperature"}
    assert "fake:careful" in names(world.service)
    assert "fake:careful" not in names(before)
    assert world.counted("done")


def test_what_cannot_change_stays_and_is_named(tmp_path: Path) -> None:
    world = World()
    log = world.reload(port=1, database=f"{tmp_path}/other.db", engine=ENGINE | {
                       "seed": True}, aliases={"careful": CAREFUL})  # fmt: skip
    assert set(log["needs_restart"]) == {"port", "database", "engine.seed"}
    assert log["changed"] == ["aliases"]
    assert world.service.settings.port == 8000


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"temperature": 3}, "less than or equal to 2 (`temperature`)"),
        ({"temprature": 1}, "`temprature` is no setting; did you mean `temperature`?"),
        ({"policy": "nowhere.json"}, "nowhere.json"),
    ],
)
def test_what_is_wrong_changes_nothing(wrong: dict[str, Any], sentence: str) -> None:
    world = World()
    before = world.service
    log = world.reload(aliases={"careful": CAREFUL}, **wrong)
    assert log["event"] == "not reloaded"
    assert sentence in log["reason"]
    assert world.service is before
    assert world.counted("refused")


async def test_a_key_that_was_revoked_is_known_at_once_when_settings_are_read_again(
    tmp_path: Path,
) -> None:
    async with a_keyed_world(tmp_path) as keyed:
        secret = await keyed.key()
        (key,) = await every_key(keyed.store)
        assert (await keyed.get("/v1/models", secret)).status_code == 200
        await revoke_key(keyed.store, key.id, 1.0)
        assert (await keyed.get("/v1/models", secret)).status_code == 200
        settings = keyed.service.settings.model_copy(update={"engine": VllmConfig(**ENGINE)})
        opening = keyed.app.state.opening
        opening.swap(replace(keyed.service, settings=settings))
        Reloading(opening, lambda: settings, Metrics()).reload()
        assert (await keyed.get("/v1/models", secret)).status_code == 401


async def test_a_price_that_changes_is_on_the_bill_of_the_next_call() -> None:
    world = World()
    prompt = await world.engine.render(Conversation(()))
    request = Request("1", prompt, (), 2, Sampling(10), 0)
    assert (await world.engine.generate(request)).usage.cost == 0
    assert world.reload(engine=ENGINE | {"price": PRICE})["changed"] == ["engine"]
    usage = (await world.engine.generate(request)).usage
    bill = usage.prompt_tokens * 1 + usage.completion_tokens * 2
    assert usage.cost == pytest.approx(bill / 1e6)
    assert world.engine.capabilities.price == Price(**PRICE)


def test_settings_are_not_read_from_a_file_that_has_gone(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="is not there"):
        read_again({}, tmp_path / "fathom.yaml")


async def test_each_model_has_its_own_defaults_read_again() -> None:
    models = {"other": {"engine": "default", "temperature": 0.1, "scorers": None}}
    world = World(models=models)
    other = replace(world.service, settings=world.service.settings.of(
        world.service.settings.further["other"]))  # fmt: skip
    world.opening.swap(replace(world.service, named={"other": other}))
    log = world.reload(models={"other": {**models["other"], "temperature": 0.2}})
    assert log["changed"] == ["models"]
    assert world.service.named["other"].settings.temperature == 0.2


def test_a_running_service_reads_its_file_again_at_a_signal(tmp_path: Path) -> None:
    with backend() as url:
        text = f"engine: {{kind: vllm, url: '{url}'}}\nsandbox: {{kind: none}}\n"
        with served(tmp_path, text) as service:
            assert "fathom:careful" not in service.models()
            file, alias = tmp_path / "fathom.yaml", "aliases: {careful: {strategy: {kind: mcts}}}"
            file.write_text(f"{text}temprature: 1\n{alias}\n")
            service.process.send_signal(signal.SIGHUP)
            assert "did you mean `temperature`?" in service.wait_for("not reloaded")["reason"]
            file.write_text(f"{text}host: '::1'\n{alias}\n")
            service.process.send_signal(signal.SIGHUP)
            assert service.wait_for("reloaded")["needs_restart"] == ["host"]
            assert "fathom:careful" in service.models()
