"""`fathom sandbox` on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import create_cli


def fathom(*arguments: str) -> Result:
    return CliRunner().invoke(create_cli(), ["sandbox", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "program.py"


def test_a_file_is_run_and_its_exit_code_is_the_commands(file: Path) -> None:
    file.write_text("import sys; print(input()); print('no', file=sys.stderr); exit(3)")
    given = file.with_name("input")
    given.write_text("hello")
    told = fathom("exec", str(file), "--stdin", str(given))
    assert (told.stdout, told.stderr, told.exit_code) == ("hello\n", "no\n", 3)


def test_a_result_can_be_had_as_json(file: Path) -> None:
    file.write_text("print(6 * 7)")
    told = fathom("exec", str(file), "--json")
    assert json.loads(told.stdout)["stdout"] == "42\n"
    assert told.exit_code == 0


def test_a_program_that_does_not_end_fails(file: Path) -> None:
    file.write_text("while True: pass")
    told = fathom("exec", str(file), "--seconds", "0.3")
    assert told.exit_code == 1
    assert told.stderr.startswith("ended by time")


def test_the_self_test_is_shown_line_by_line() -> None:
    told = fathom("check")
    assert told.exit_code == 0
    assert "  ok    sockets are refused: EPERM" in told.stdout.splitlines()
    assert "FAIL" not in told.stdout


def test_a_self_test_that_fails_is_an_exit_code_and_says_what_to_do(tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    told = fathom("check", "--bwrap", str(fake), "--json")
    report = json.loads(told.stdout)
    assert (told.exit_code, report["holds"]) == (1, False)
    assert report["missing"]
    assert "seccomp=unconfined" in report["remedy"]
