"""Clients of others, unchanged, on the service as it is started: their own suites pass."""

import re
from pathlib import Path

import pytest

from tests.clients.programs import NODE_TESTS, SUITES, node_tests, pytest_suite

pytestmark = pytest.mark.clients


def name(path: Path) -> str:
    return path.name.partition(".")[0]


@pytest.mark.parametrize("suite", SUITES, ids=name)
def test_a_client_in_python_works(suite: Path, served: str, tmp_path: Path) -> None:
    code, said = pytest_suite(suite, served, tmp_path)
    assert code == 0, said


@pytest.mark.parametrize("file", NODE_TESTS, ids=name)
def test_openais_client_for_javascript_works(file: Path, served: str, tmp_path: Path) -> None:
    code, said = node_tests(file, served, tmp_path)
    assert code == 0, said
    counts = {word: int(count) for word, count in re.findall(r"ℹ (\w+) (\d+)\n", said)}  # noqa: RUF001
    assert counts["tests"] > 0
    if counts["pass"] == 0:
        pytest.skip(re.findall(r"# (.+)", said)[0])
