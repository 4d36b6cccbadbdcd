"""The README's pictures, made anew where FATHOM_SCREENSHOTS says so."""

import os
from collections.abc import Callable

import pytest

from tests.page.conftest import ROOT
from tests.page.visits import Visit

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 150_000
pytestmark = pytest.mark.skipif(
    "FATHOM_SCREENSHOTS" not in os.environ, reason="FATHOM_SCREENSHOTS is not set"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_search_is_pictured(visit: Callable[..., Visit], scheme: str) -> None:
    shape = {"width": 1200, "height": 860}
    page = visit(viewport=shape, color_scheme=scheme).ask("auto" if scheme == "light" else "mcts")
    page.wait_for_timeout(300)
    page.evaluate(f"scrollTo(0, {0 if scheme == 'light' else 270})")
    pictured(page, "page-ask.png" if scheme == "light" else "page-tree.png")


def test_a_policy_is_pictured(visit: Callable[..., Visit]) -> None:
    page = visit(viewport={"width": 1120, "height": 740}).open("policy", "svg.plot")
    pictured(page, "page-policy.png")


def pictured(page, name: str) -> None:
    page.screenshot(path=IMAGES / name)
    assert (IMAGES / name).stat().st_size < MOST_BYTES
