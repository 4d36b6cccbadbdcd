"""The page in a real browser, against a real service. Without its driver there are no tests."""

import os
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
TEST_SECONDS = 120

collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py", "visits.py"]

if find_spec("playwright"):
    from playwright.sync_api import Browser, sync_playwright

    from tests.page.visits import Visit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "page" in item.path.parts:
            item.add_marker(pytest.mark.page)
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of a running service on the embedded models."""
    command = [str(ROOT / ".venv" / "bin" / "fathom"), "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        address = ""
        for line in process.stdout:
            if line.startswith("  address"):
                address = line.split()[1].removesuffix("/v1")
            if line.startswith("    -d "):
                break
        try:
            yield address
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium, without a window."""
    # Its own sandbox does not work for root.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


@pytest.fixture
def visit(served: str, browser: "Browser") -> Iterator[Callable[..., "Visit"]]:
    """Opens the page, as many times as wanted; whatever goes wrong on it fails the test."""
    visits: list[Visit] = []

    def opened(**context: object) -> Visit:
        visits.append(Visit(browser, served, **context))
        return visits[-1]

    yield opened
    for one in visits:
        one.close()
