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
