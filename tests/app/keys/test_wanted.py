"""Whether a service wants keys, and that it does not start open to others by accident."""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.commands.serve import announce
from app.keys.errors import NoKeys
from app.keys.issue import issue
from app.keys.limits import Limits
from app.keys.wanted import check_before, check_keys, is_loopback, keys_wanted
from app.opening import Opening
from app.service import Service
from app.settings import Settings
from app.store import Key, open_store
from app.store.keys import add_key
from tests.app.client import a_service
from tests.app.conftest import FATHOM

ALL = "0.0.0.0"
ASK = {"model": "fathom", "messages": [{"role": "user", "content": "6*7?"}], "max_tokens": 4}


@pytest.mark.parametrize(
    ("host", "near"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True),
     (ALL, False), ("::", False), ("10.1.2.3", False), ("", False), ("fathom", False)],
)  # fmt: skip
def test_keys_are_wanted_where_others_can_ask(host: str, near: bool) -> None:
    assert is_loopback(host) == near
    assert keys_wanted(Settings(host=host)) == (not near)
    assert keys_wanted(Settings(host=host, keys="required"))
    assert not keys_wanted(Settings(host=host, keys="off"))


def test_off_is_a_word_in_yaml_too(tmp_path: Path) -> None:
    (tmp_path / "fathom.yaml").write_text("keys: off\n")
    assert Settings(config=tmp_path / "fathom.yaml").keys == "off"


def test_an_empty_key_for_administrators_is_none() -> None:
    assert Settings(admin_key="").admin_key is None


async def refused(settings: Settings, key: Key | None = None) -> bool:
    """Say whether a service would not start, with a key in its database if one is given."""
    assert settings.database
    async with open_store(settings.database) as store:
        if key is not None:
            await add_key(store, key)
        try:
            await check_keys(settings, store)
        except NoKeys:
            return True
    return False


@pytest.mark.parametrize("keys", ["auto", "required"])
async def test_a_service_that_others_reach_needs_a_key_that_is_good(tmp_path, keys) -> None:
    settings = Settings(host=ALL, keys=keys, database=str(tmp_path / "a.db"))
    assert await refused(settings)
    expired = issue("a", ["chat"], Limits(), days=1).key
    expired.expires = time.time() - 1
    assert await refused(settings, expired)
    assert not await refused(settings, issue("a", ["chat"], Limits()).key)


@pytest.mark.parametrize(
    "settings", [{"keys": "off"}, {"admin_key": "s"}, {"host": "127.0.0.1", "keys": "required"}]
)
async def test_one_that_is_closed_or_meant_to_be_open_needs_none(tmp_path, settings) -> None:
    told = {"host": ALL, "database": str(tmp_path / "a.db")} | settings
    assert not await refused(Settings(**told))


@pytest.mark.parametrize("database", [None, "there/is/none.db"])
async def test_where_there_is_no_database_there_are_no_keys(database: str | None) -> None:
    with pytest.raises(NoKeys, match="`fathom keys create`, or set FATHOM_KEYS=off"):
        await check_before(Settings(host=ALL, database=database))


async def test_a_database_elsewhere_may_come_up_later() -> None:
    await check_before(Settings(host=ALL, database="postgresql://127.0.0.1:1/x"))


async def test_a_service_without_a_key_is_not_opened(tmp_path: Path) -> None:
    def never(_: Service) -> None:
        raise AssertionError

    settings = Settings(host=ALL, database=str(tmp_path / "a.db"))
    with pytest.raises(NoKeys):
        await Opening().hold(settings, never)


def test_the_request_to_paste_has_a_key_where_one_is_wanted(capsys) -> None:
    announce("http://localhost:8000", a_service(keys="required"))
    announce("http://localhost:8000", a_service())
    assert capsys.readouterr().out.count('-H "authorization: Bearer $OPENAI_API_KEY"') == 1


def serve(database: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    told = os.environ | {"FATHOM_DATABASE": str(database)} | environment
    command = [FATHOM, "serve", "--port", "0", *words]
    return subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=told)


def test_a_process_that_others_could_reach_does_not_start_without_a_key(tmp_path: Path) -> None:
    with serve(tmp_path / "a.db", "--host", ALL) as process:
        said, failed = process.communicate(timeout=50)
    assert (process.returncode, said) == (1, "")
    assert failed.startswith("Error: at 0.0.0.0 others can reach this service")
    assert len(failed.splitlines()) == 1


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a process that wants keys. It is not one that others could reach."""
    with serve(tmp_path / "a.db", "--host", "127.0.0.1", FATHOM_KEYS="required") as process:
        assert process.stdout
        try:
            yield next(line.split()[1] for line in process.stdout if line.startswith("  address"))
        finally:
            process.terminate()
            process.communicate()


async def made(database: Path) -> str:
    issued = issue("me", ["chat"], Limits(requests_per_minute=9))
    async with open_store(database) as store:
        await add_key(store, issued.key)
    return issued.secret


@pytest.mark.embedded
def test_a_process_takes_a_key_that_is_made_while_it_runs(address: str, tmp_path: Path) -> None:
    url = f"{address}/chat/completions"
    assert httpx2.post(url, json=ASK).status_code == 401
    headers = {"authorization": f"Bearer {asyncio.run(made(tmp_path / 'a.db'))}"}
    answer = httpx2.post(url, json=ASK, headers=headers, timeout=50)
    assert answer.status_code == 200
    assert answer.headers["x-ratelimit-remaining-requests"] == "8"
    assert httpx2.get(address.replace("/v1", "/health")).status_code == 200
