"""`fathom keys`: what it makes, shows and takes back."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.callers import Caller
from app.cli import create_cli
from app.keys.ring import KeyRing
from app.store import open_store


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "new" / "fathom.db"
    monkeypatch.setenv("FATHOM_DATABASE", str(file))
    return file


def keys(*words: str) -> Result:
    result = CliRunner().invoke(create_cli(), ["keys", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def listed() -> list[dict]:
    return json.loads(keys("list", "--json").stdout)["data"]


def test_the_secret_is_all_that_is_printed_and_only_once() -> None:
    made = keys("create", "--name", "me")
    secret = made.stdout.strip()
    assert re.fullmatch(r"fk-[\w-]{43}", secret)
    shown = keys("list").stdout + keys("list", "--json").stdout
    assert secret not in shown
    assert secret[:11] in shown


def test_a_key_is_made_with_all_that_it_is_told() -> None:
    flags = {"--requests-per-minute": 6, "--tokens-per-minute": 7, "--concurrent-searches": 8,
             "--max-tokens": 9, "--max-seconds": 1.5, "--max-flops": 1e9, "--max-calls": 4,
             "--max-cost": 0.5, "--daily-tokens": 10, "--daily-cost": 2.5,
             "--weight": 3, "--expires-in-days": 1}  # fmt: skip
    words = [word for flag, value in flags.items() for word in (flag, str(value))]
    told = json.loads(keys("create", "--name", "me", "--scope", "chat", "--scope", "traces",
                           "--no-keep", "--json", *words).stdout)  # fmt: skip
    (found,) = listed()
    budget = {"tokens": 9, "seconds": 1.5, "flops": 1e9, "calls": 4, "cost": 0.5}
    assert found["limits"] == {"requests_per_minute": 6, "tokens_per_minute": 7,
        "concurrent_searches": 8, "budget": budget, "daily_tokens": 10, "daily_cost": 2.5,
        "weight": 3, "kept": False}  # fmt: skip
    assert (found["name"], found["scopes"]) == ("me", ["chat", "traces"])
    assert found["expires"] == pytest.approx(found["made"] + 86_400)
    assert {**told, "today": found["today"]} == {**found, "secret": told["secret"]}


def test_what_is_made_is_a_key_of_the_service(database: Path) -> None:
    told = json.loads(keys("create", "--name", "me", "--json").stdout)
    caller = asyncio.run(holder(told["secret"], database))
    assert (caller.id, caller.scopes) == (told["id"], {"chat"})


async def holder(secret: str, database: Path) -> Caller:
    async with open_store(database) as store:
        return await KeyRing().holder(secret, store)


def test_a_key_that_is_revoked_is_listed_as_such() -> None:
    made = json.loads(keys("create", "--name", "me", "--json").stdout)
    assert "is revoked" in keys("revoke", made["id"]).stdout
    assert listed()[0]["revoked"] is not None
    assert "revoked  20" in keys("list").stdout


def test_a_key_that_is_not_there_cannot_be_revoked() -> None:
    told = keys("revoke", "key_nobody")
    assert (told.exit_code, len(told.stderr.splitlines())) == (1, 1)
    assert "key_nobody" in told.stderr


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--scope", "root"), ("--weight", "0"), ("--max-tokens", "0"), ("--daily-cost", "-1"),
     ("--expires-in-days", "-1")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_its_name(flag: str, value: str) -> None:
    told = keys("create", "--name", "me", flag, value)
    assert told.exit_code == 2
    assert flag.removeprefix("--max-").removeprefix("--").replace("-", "_") in told.stderr.replace(
        "-", "_"
    )
    assert listed() == []


def test_the_database_is_that_of_the_file_of_settings(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("FATHOM_DATABASE")
    file = tmp_path / "fathom.yaml"
    file.write_text(f"database: {tmp_path}/other.db\n")
    assert keys("create", "--name", "me", "--config", str(file)).exit_code == 0
    assert (tmp_path / "other.db").exists()


def test_without_a_database_there_are_no_keys(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("FATHOM_DATABASE")
    file = tmp_path / "fathom.yaml"
    file.write_text("database: null\n")
    told = keys("list", "--config", str(file))
    assert told.exit_code == 1
    assert "set `database`" in told.stderr


def test_no_keys_are_said_to_be_none() -> None:
    assert keys("list").stdout == "no keys\n"
