"""`fathom database`: the tables of a database, looked at and brought up to date."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import create_cli
from app.doctor import Finding, examine_database
from app.store.schema import newest
from tests.app.postgres import postgres


def database(word: str, where: str) -> Result:
    return CliRunner().invoke(create_cli(), ["database", word], env={"FATHOM_DATABASE": where})


def examined(where: str | None) -> Finding:
    return asyncio.run(examine_database(where))


@pytest.fixture(scope="module")
def shared() -> Iterator[str]:
    with postgres() as address:
        yield address


def test_a_file_that_is_not_there_is_made_with_its_tables(tmp_path: Path) -> None:
    where = f"{tmp_path}/new/fathom.db"
    told = database("upgrade", where)
    assert told.exit_code == 0
    assert told.stdout == f"the tables are at version {newest()}, and were at none\n"
    assert database("check", where).exit_code == 0


def test_looking_at_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    told = database("check", f"{tmp_path}/fathom.db")
    assert (told.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "at version none" in told.stderr


def test_looking_at_tables_of_another_version_leaves_them_so(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "fathom.db")) as file:
        file.execute("CREATE TABLE outcomes (trace TEXT)")
        file.commit()
    assert database("check", f"{tmp_path}/fathom.db").exit_code == 1
    with closing(sqlite3.connect(tmp_path / "fathom.db")) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master")]
    assert names == ["outcomes"]


@pytest.mark.parametrize("word", ["check", "upgrade"])
def test_tables_that_a_newer_program_made_are_left_alone(word: str, tmp_path: Path) -> None:
    where = f"{tmp_path}/fathom.db"
    database("upgrade", where)
    with closing(sqlite3.connect(where)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()
    told = database(word, where)
    assert (told.exit_code, len(told.stderr.splitlines())) == (1, 1)
    assert "at version 9999" in told.stderr


def test_tables_of_a_newer_program_are_found_by_the_doctor(tmp_path: Path) -> None:
    where = f"{tmp_path}/fathom.db"
    assert examined(where).said.endswith(f"can be used, its tables at {newest()}")
    with closing(sqlite3.connect(where)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()
    assert "`fathom database upgrade`" in (examined(where).remedy or "")


def test_no_database_is_nothing_to_bring_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "fathom.yaml").write_text("database: null\n")
    words = ["database", "upgrade", "--config", f"{tmp_path}/fathom.yaml"]
    told = CliRunner().invoke(create_cli(), words, env={"FATHOM_DATABASE": None})
    assert told.exit_code == 1
    assert "`database` is null" in told.stderr
    assert examined(None).ok


def test_a_database_that_is_not_there_is_said_without_its_password() -> None:
    where = "postgresql://me:secret@127.0.0.1:1/x"
    told, found = database("check", where), examined(where)
    assert (told.exit_code, found.ok) == (1, False)
    assert "secret" not in told.stderr + found.said


def test_a_shared_database_is_brought_up_to_date_by_hand_alone(shared: str) -> None:
    assert "`fathom database upgrade`" in (examined(shared).remedy or "")
    assert database("check", shared).exit_code == 1
    first, again = database("upgrade", shared), database("upgrade", shared)
    assert "and were at none" in first.stdout
    assert "as before" in again.stdout
    assert database("check", shared).exit_code == 0
    assert examined(shared).ok
