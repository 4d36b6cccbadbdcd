"""What docs/sandbox.md says of limits, options and errors is what the code has."""

import re
from pathlib import Path

import typer

from app.commands.sandbox import sandbox
from sandbox.ceiling import Ceiling
from sandbox.wire import MEBIBYTE, Executed, Limits

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text()
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def rows(column: str) -> list[list[str]]:
    table = PAGE.partition(f"\n| {column} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def number(words: str) -> float:
    figure, *unit = words.split()
    return float(figure) * (UNITS[unit[0]] if unit else 1)


def test_the_defaults_of_limits_are_documented() -> None:
    documented = {row[0].strip("`"): number(row[1]) for row in rows("limit")}
    assert documented == Limits().model_dump()


def test_the_bounds_of_limits_are_documented() -> None:
    most = {row[0].strip("`"): number(row[2].split("to ")[1]) for row in rows("limit")}
    schema = Limits.model_json_schema()["properties"]
    assert most == {name: field["maximum"] for name, field in schema.items()}


def test_every_option_of_the_server_is_documented() -> None:
    command = typer.main.get_command(sandbox)
    options = {name for parameter in command.params for name in parameter.opts} - {"--help"}
    assert {name for row in rows("option of `fathom sandbox`") for name in
            re.findall(r"`(--[\w-]+)`", row[0])} == options  # fmt: skip


def test_the_servers_own_limits_are_documented() -> None:
    ours, documented = Ceiling(), {row[0]: row[1] for row in rows("option of `fathom sandbox`")}
    assert documented["`--queue`"] == str(ours.queue)
    assert float(documented["`--seconds`"]) == ours.seconds
    assert float(documented["`--memory-mb`"]) == ours.memory_bytes / MEBIBYTE


def test_every_field_of_a_result_is_in_the_example() -> None:
    assert all(f'"{name}": ' in PAGE for name in Executed.model_fields)
