"""docs/operate.md, followed from its first command to its last."""

import json
from pathlib import Path

import pytest

from tests.app.postgres import postgres
from tests.docker.operated import ROOT, machine
from tests.readme.blocks import examples

COMMANDS = [example.text for example in examples((ROOT / "docs/operate.md").read_text())]


@pytest.mark.embedded
@pytest.mark.timeout(300)
def test_an_operator_gets_from_nothing_to_a_service_with_keys_and_numbers(tmp_path: Path) -> None:
    with postgres() as database, machine(tmp_path, database) as here:
        for command in COMMANDS:
            here.do(command)
        said = "\n".join(here.said)
        answer = next(json.loads(text) for text in here.said if '"chat.completion"' in text)
        dump = (tmp_path / "fathom.sql").read_text()
    assert answer["choices"][0]["message"]["content"]
    assert "team-a" in said
    assert "fathom_searches_total" in said
    assert (tmp_path / "docker/team-a.key").read_text() not in dump


def test_the_example_of_the_environment_is_filled_in_by_the_first_commands(tmp_path: Path) -> None:
    with machine(tmp_path, "") as here:
        for command in COMMANDS[:4]:
            here.do(command)
        filled = (tmp_path / "docker/.env").read_text()
    assert "POSTGRES_PASSWORD=\n" not in filled
    assert "GRAFANA_PASSWORD=\n" not in filled
    assert (tmp_path / "docker/.env").stat().st_mode & 0o777 == 0o600
