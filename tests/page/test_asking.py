"""Asking on the page: the answer, the tree, what it cost, and the same as code."""

import json
import re
import subprocess
from collections.abc import Callable

import pytest

from tests.page.conftest import ROOT
from tests.page.visits import SUM, Visit

Visits = Callable[..., Visit]


def test_something_is_seen_within_a_second(visit: Visits) -> None:
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    # Each time without a cache; the best, as the machine may be busy with something else.
    assert min(visit().open().evaluate(paint) for _ in range(3)) < 1_000


def test_an_answer_comes_with_its_tree_and_costs(visit: Visits) -> None:
    page = visit().ask("best_of_n", n=4)
    assert "Answer:" in page.locator(".answer").inner_text()
    assert page.get_by_role("treeitem").count() == 5
    assert page.locator(".node.chosen").count() == 2
    assert re.search(r"score \d\.\d+ by prm", page.locator(".chips").inner_text())
    parts = dict(zip(page.locator(".parts span:nth-child(2)").all_inner_texts(),
                     page.locator(".parts b").all_inner_texts(), strict=True))  # fmt: skip
    assert int(parts["kept"]) > 0
    assert int(parts["discarded"]) > int(parts["kept"])
    assert "of 4,000" in page.locator(".gauge").first.inner_text()


def test_the_tree_grows_while_the_search_goes_on(visit: Visits) -> None:
    page = visit().open()
    page.get_by_label("Strategy").select_option("beam_search")
    page.get_by_role("button", name="Ask", exact=True).click()
    grown = (
        "() => document.querySelectorAll('.node').length > 4 && !document.querySelector('.cost')"
    )
    page.wait_for_function(grown, timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("stopped").wait_for()


def test_a_policys_choice_is_explained(visit: Visits) -> None:
    page = visit().ask("auto")
    why = page.locator(".why").inner_text()
    assert re.search(r"bin \d of 5", why)
    assert "expected right" in why


def test_what_would_be_refused_is_said_beforehand(visit: Visits) -> None:
    tab = visit()
    tab.tolerated = re.compile("400")
    page = tab.open()
    page.get_by_label("Strategy").select_option("best_of_n")
    page.get_by_label("Model").select_option("fathom")
    page.get_by_label("Strategy").select_option("beam_search")
    page.get_by_text("Parameters", exact=True).click()
    page.get_by_label("width").fill("17")
    page.locator(".plan.error").wait_for()


@pytest.mark.parametrize("shown", ["as curl", "as Python"])
def test_the_code_does_the_same(visit: Visits, shown: str) -> None:
    page = visit().open()
    page.get_by_label("Question").fill('It\'s 2+2=? "Say" \\it')
    page.get_by_label("Strategy").select_option("majority")
    page.get_by_text("The same as code").click()
    code = page.get_by_label(shown).inner_text()
    program = ["bash", "-c"] if shown == "as curl" else [str(ROOT / ".venv/bin/python"), "-c"]
    done = subprocess.run([*program, code], capture_output=True, text=True, check=True)
    if shown == "as curl":
        assert json.loads(done.stdout)["search"]["strategy"]["kind"] == "majority"
    else:
        assert "'generator'" in done.stdout


def test_two_strategies_are_compared(visit: Visits) -> None:
    page = visit().open("compare")
    page.get_by_label("Question").fill(SUM)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("table").wait_for(timeout=60_000)
    heads = page.locator("thead th").all_inner_texts()
    assert [head.split(" ")[0] for head in heads] == ["majority", "best_of_n"]
    assert page.get_by_role("tree").count() == 2
    assert page.locator("td.best").count() >= 1


def test_a_budget_is_set_by_its_marks(visit: Visits) -> None:
    page = visit().open()
    page.get_by_role("button", name="the budget of reasoning_effort high").click()
    assert page.get_by_label("most tokens, exactly").input_value() == "16000"
    page.get_by_label("Budget in tokens").press("ArrowRight")
    assert int(page.get_by_label("most tokens, exactly").input_value()) > 16_000
