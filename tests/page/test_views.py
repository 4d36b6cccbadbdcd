"""The views without asking, how they look, and who can use them."""

import re
from collections.abc import Callable

import pytest

from tests.page import traces
from tests.page.visits import Visit

Visits = Callable[..., Visit]
LIST, ONE = r"/v1/search/traces\?", r"/v1/search/traces/"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
MARKS = ("[data-theme=light]", "[data-theme=dark]")


def past(visit: Visits, nodes: int, **context: object) -> Visit:
    """Open a trace of so many nodes."""
    tab = visit(**context)
    tab.answers(LIST, traces.listed())
    tab.answers(ONE, traces.whole(nodes))
    page = tab.open("traces", ".trace")
    page.locator(".trace").click()
    page.wait_for_selector(".cost")
    return tab


def test_a_policy_is_drawn(visit: Visits) -> None:
    page = visit().open("policy", "svg.plot")
    assert page.locator(".series").count() == 5
    assert page.locator("tbody tr").count() == 9
    assert "beam_search" in page.locator("tbody").inner_text()


def test_a_past_search_is_shown_like_a_new_one(visit: Visits) -> None:
    page = past(visit, 200).page
    assert page.locator(".answer").inner_text() == "42"
    assert "500" in page.locator(".parts").inner_text()
    assert "199 steps in 4 rounds" in page.locator(".treecard").inner_text()
    assert "the budget allowed 3 of 4" in page.locator(".warning").inner_text()


@pytest.mark.parametrize(("status", "hint"), [(404, "keeps no searches"), (403, "switch it on")])
def test_where_nothing_is_kept_that_is_said(visit: Visits, status: int, hint: str) -> None:
    tab = visit()
    tab.tolerated = re.compile(str(status))
    tab.answers(LIST, {"error": {"message": "to switch it on, set it"}}, status)
    tab.open("traces", "h2").get_by_text(hint).wait_for()


def test_a_search_is_kept_if_that_is_ticked(visit: Visits) -> None:
    tab = visit()
    tab.tolerated = re.compile("40[03]")
    page = tab.open()
    page.get_by_label("keep it").check()
    with page.expect_request("**/v1/chat/completions") as asked:
        page.get_by_role("button", name="Ask", exact=True).click()
    assert asked.value.post_data_json["search"]["keep"] is True


def test_a_key_is_asked_for_and_kept_for_the_tab_alone(visit: Visits) -> None:
    tab, sent = visit(), []
    tab.tolerated = re.compile("401")
    page = tab.page

    def guarded(route) -> None:
        sent.append(route.request.headers.get("authorization"))
        wrong = {"error": {"message": "a key is wanted"}}
        route.continue_() if sent[-1] else route.fulfill(status=401, json=wrong)

    page.route(re.compile("/v1/"), guarded)
    tab.open(wait="#key:not([hidden])")
    page.get_by_label("This service wants an API key").fill("sk-1")
    page.get_by_role("button", name="Use it").click()
    page.wait_for_selector("select optgroup", state="attached")
    assert sent[-1] == "Bearer sk-1"
    assert page.evaluate("Object.values(localStorage).concat(document.cookie).join()") == ""


def test_the_tree_is_walked_with_the_keyboard(visit: Visits) -> None:
    page = past(visit, 200).page
    tree = page.get_by_role("tree")
    tree.focus()
    for key, says in [("Home", "Question #0"), ("ArrowRight", "chosen"), ("ArrowDown", "reward"),
                      ("ArrowLeft", "Question #0"), ("End", "#199")]:  # fmt: skip
        tree.press(key)
        assert says in page.locator(".inspector .line").inner_text()
    assert tree.get_attribute("aria-activedescendant") == page.locator(
        "[aria-selected=true]"
    ).get_attribute("id")
    tree.press("Enter")
    assert page.get_by_role("dialog").locator("li").count() == 5
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('svg.tree')")


def test_dark_is_as_the_system_has_it_or_as_chosen(visit: Visits) -> None:
    dark = visit(color_scheme="dark").open()
    assert dark.evaluate(BACKGROUND) == "rgb(17, 20, 23)"
    light = visit(color_scheme="light").open()
    assert light.evaluate(BACKGROUND) == "rgb(243, 244, 246)"
    for theme in ("light", "dark"):
        light.locator("#theme").click()
        assert light.locator("html").get_attribute("data-theme") == theme
    assert light.evaluate(BACKGROUND) == "rgb(17, 20, 23)"


@pytest.mark.parametrize("view", ["ask", "compare", "traces", "policy"])
def test_a_telephone_shows_all_of_a_view(visit: Visits, view: str) -> None:
    tab = visit(viewport={"width": 390, "height": 844})
    tab.answers(LIST, traces.listed())
    page = tab.open(view, "h2, textarea")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["ask", "compare", "policy", "traces"])
def test_nothing_stands_in_anybodys_way(visit: Visits, view: str, scheme: str) -> None:
    if view == "traces":
        tab = past(visit, 60, color_scheme=scheme)
        assert tab.faults() == []
        tab.page.get_by_role("button", name="open").click()
    elif view == "ask":
        tab = visit(color_scheme=scheme)
        tab.ask("auto")
    else:
        tab = visit(color_scheme=scheme)
        tab.open(view, "svg.plot" if view == "policy" else "select optgroup")
    assert tab.faults() == []
