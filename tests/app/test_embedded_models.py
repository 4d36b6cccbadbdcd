"""The models that `fathom serve` serves when nothing is configured."""

import httpx2
import pytest

pytestmark = pytest.mark.embedded
QUESTION = "(7+5)*3-8*2=?"


def ask(served: str, **body: object) -> dict:
    told = {"model": "lab-reasoner", "messages": [{"role": "user", "content": QUESTION}]}
    response = httpx2.post(f"{served}/chat/completions", json=told | body, timeout=50)
    assert response.status_code == 200, response.text
    return response.json()


def test_the_reasoner_is_served_beside_the_default_model(served: str) -> None:
    names = [card["id"] for card in httpx2.get(f"{served}/models").json()["data"]]
    assert names[:3] == ["SmolLM2-135M-Instruct", "fathom", "lab-reasoner"]
    answer = ask(served, reasoning_effort="none", temperature=0)
    assert answer["choices"][0]["message"]["content"].endswith("\nAnswer: 20")
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_it_is_searched_line_by_line(served: str) -> None:
    strategy = {"kind": "beam_search", "n": 8, "width": 4}
    search = {"strategy": strategy, "scorer": "confidence", "budget": {"tokens": 2000}}
    answer = ask(served, search=search)
    assert answer["search"]["strategy"]["step_end"] == "\n"
    assert answer["choices"][0]["message"]["content"].endswith("\nAnswer: 20")


def test_a_vote_of_it_is_no_degradation(served: str) -> None:
    answer = ask(served, search={"strategy": {"kind": "majority", "n": 32}})
    assert answer["search"]["degradations"] == []
    assert answer["choices"][0]["message"]["content"].endswith("\nAnswer: 20")


HARD = {"role": "user", "content": "(9+6)*3-(8-3)*4+72-41=?"}


@pytest.mark.parametrize("seed", range(3))
def test_its_policy_costs_at_most_a_probe_more_than_what_it_picks(served: str, seed: int) -> None:
    strategy = {"kind": "auto", "mode": "once"}
    search = {"strategy": strategy, "trace": True, "scorer": "default"}
    found = ask(served, messages=[HARD], search=search, seed=seed)["search"]
    drawn = [event for event in found["trace"] if event["kind"] == "generated"]
    probe, rest = drawn[0]["request"]["n"], [event["request"]["n"] for event in drawn[1:]]
    chosen = found["chosen"]
    assert probe == found["difficulty"]["samples"]
    if chosen["kind"] != "beam_search":
        assert sum(rest) == max(0, chosen["n"] - probe)
    assert found["difficulty"]["estimator"] == "score"


def test_auto_says_why_and_keeps_its_budget(served: str) -> None:
    search = {"strategy": "auto", "budget": {"tokens": 1500}}
    answer = ask(served, messages=[HARD], search=search)
    assert answer["usage"]["completion_tokens"] <= 1500
    assert answer["search"]["advice"][-1]["reason"]


def test_a_plan_for_it_costs_nothing(served: str) -> None:
    told = {"model": "lab-reasoner", "messages": [HARD], "search": {"strategy": "auto"}}
    plan = httpx2.post(f"{served}/search/plan", json=told, timeout=50).json()
    assert len(plan["by_bin"]) == 5
    assert plan["spent"]["generator"]["calls"] == 0


@pytest.mark.parametrize("kind", ["best_of_n", "beam_search", "auto"])
def test_its_pauses_are_read_behind_the_prompt_and_never_said(served: str, kind: str) -> None:
    search = {"strategy": kind, "trace": True, "pause_tokens": 10, "budget": {"tokens": 400}}
    answer = ask(served, search=search)
    drawn = [event for event in answer["search"]["trace"] if event["kind"] == "generated"]
    assert {tuple(event["request"]["sampling"]["pauses"]) for event in drawn} == {(3,) * 10}
    samples = [sample for event in drawn for sample in event["generation"]["samples"]]
    assert not any(3 in sample["step"]["ids"] for sample in samples)
    assert answer["usage"]["prompt_tokens"] > 10 * len(drawn)


def test_the_default_model_has_no_pauses(served: str) -> None:
    told = {"model": "fathom", "messages": [HARD], "search": {"pause_tokens": 10}}
    response = httpx2.post(f"{served}/chat/completions", json=told, timeout=50)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "search.pause_tokens"
