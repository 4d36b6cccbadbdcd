"""Every strategy over HTTP on the real embedded model."""

import httpx2
import pytest

from search.strategies import KINDS
from tests.small import SMALL

pytestmark = pytest.mark.embedded
QUESTION = "Tom has 3 boxes of 4 pens. How many pens has he? End with 'Answer:' and the number."
TOKENS = 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_strategy_answers_within_its_budget(kind: str, served: str) -> None:
    search = {"strategy": SMALL[kind], "budget": {"tokens": TOKENS}}
    turn = {"role": "user", "content": QUESTION}
    body = {"model": "fathom", "messages": [turn], "max_tokens": 40, "search": search}
    response = httpx2.post(f"{served}/chat/completions", json=body, timeout=50)
    assert response.status_code == 200, response.text
    answer = response.json()
    spent = answer["search"]["spent"]
    drawn = [spent[who]["completion_tokens"] for who in ("generator", "verifier")]
    assert answer["choices"][0]["message"]["content"]
    assert 0 < sum(drawn) <= TOKENS
    assert answer["search"]["stop"] in ("finished", "budget")
