"""Who judges where nobody is named: the chain that `default` stands for, and the shipped head."""

import httpx2
import pytest
from pydantic import ValidationError

from app.service import Service
from app.settings import Settings
from scorers.head import read_head
from search.errors import StrategyRefused
from tests.app.client import ASK, a_service
from tests.app.test_models import call
from tests.app.test_score import score
from tests.app.test_score import served as scoring
from weights import HEAD

VLLM = {"kind": "vllm", "url": "http://127.0.0.1:1"}


def named(service: Service, *names: str) -> list[str]:
    return [scorer.name for scorer in service.chain(names or None, None)]


def chained(*chain: str) -> Service:
    """A service whose chain is of these: `shares_of_b` judges all, `silent` nothing."""
    return a_service(scorer=chain)


def test_a_trained_verifier_judges_first_on_the_model_that_comes_along_and_on_no_other() -> None:
    assert Settings().chain == ("verifier", "head", "confidence", "vote")
    assert list(Settings().judges) == [
        "confidence",
        "vote",
        "judge",
        "unit_tests",
        "verifier",
        "head",
    ]
    for other in (VLLM, {"kind": "llamacpp", "model": "a.gguf"}):
        told = Settings(engine=other)
        assert told.chain == ("confidence", "vote")
        assert "head" not in told.judges


def test_scorers_that_are_set_take_the_place_of_the_head() -> None:
    told = Settings(scorers={"confidence": {"kind": "confidence"}, "vote": {"kind": "vote"}})
    assert (told.chain, list(told.judges)) == (("confidence", "vote"), ["confidence", "vote"])
    assert Settings(scorer=("vote",)).chain == ("vote",)


def test_a_further_model_has_the_head_only_if_it_is_that_model() -> None:
    told = Settings(models={"same": {}, "other": {"engine": VLLM}})
    same, other = (told.of(told.further[name]) for name in ("same", "other"))
    assert (same.chain[0], other.chain[0]) == ("verifier", "confidence")


def test_no_scorer_can_be_called_default() -> None:
    for told in (
        {"scorers": {"default": {"kind": "vote"}}},
        {"models": {"m": {"scorers": {"default": {"kind": "vote"}}}}},
    ):
        with pytest.raises(ValidationError, match="`default` is the name of the whole chain"):
            Settings(**told)


def test_default_stands_for_the_chain_wherever_it_is_named() -> None:
    service = chained("silent", "shares_of_b")
    assert named(service, "default") == named(service) == ["silent", "shares_of_b"]
    assert named(service, "shares_of_b", "default") == ["shares_of_b", "silent"]


def test_default_is_no_scorer_where_one_alone_is_wanted() -> None:
    with pytest.raises(StrategyRefused, match="there is no scorer 'default'"):
        chained("silent").alone("default")


async def test_a_request_for_default_falls_back_and_says_so() -> None:
    service = chained("silent", "shares_of_b")
    body = {
        "search": {"strategy": {"kind": "best_of_n", "n": 4}, "scorer": "default", "candidates": 1}
    }
    answer = (await call(service, "POST", "/v1/chat/completions", **(ASK | body))).json()
    assert answer["search"]["candidates"][0]["scorer"] == "shares_of_b"
    assert any("silent" in why for why in answer["search"]["degradations"])


async def test_default_judges_texts_as_if_nobody_had_been_named() -> None:
    service = scoring(scorer=("reading", "shares_of_b"))
    plain, default = (await score(service)).json(), (await score(service, scorer="default")).json()
    assert [d["scorer"] for d in default["data"]] == ["shares_of_b"] * 3
    assert default["data"] == plain["data"]


def test_the_shipped_head_is_small_and_says_what_it_is_worth() -> None:
    head = read_head(HEAD)
    assert HEAD.stat().st_size < 200_000
    assert (head.width, head.layout, head.provenance.base) == (576, "turn", "SmolLM2-135M-Instruct")
    assert head.provenance.auc is not None
    assert head.provenance.calibration_error is not None
    assert "confidence" in (head.provenance.worth or "")
    assert head.known.rewards


QUESTION = "What is 3 * 4? Answer in one short sentence."


def post(served: str, question: str, **search: object) -> dict:
    options = {"strategy": {"kind": "best_of_n", "n": 4}, "candidates": 4} | search
    messages = [{"role": "user", "content": question}]
    told = {"model": "fathom", "messages": messages, "max_tokens": 40, "search": options}
    response = httpx2.post(f"{served}/chat/completions", json=told, timeout=50)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.embedded
@pytest.mark.parametrize("search", [{}, {"scorer": "default"}])
def test_the_head_judges_the_embedded_models_answers(served: str, search: dict) -> None:
    answer = post(served, QUESTION, **search)["search"]
    assert {c["scorer"] for c in answer["candidates"]} == {"verifier"}
    assert answer["degradations"] == []


@pytest.mark.embedded
def test_where_the_head_abstains_confidence_alone_judges_and_the_answer_says_so(
    served: str,
) -> None:
    answer = post(served, "Say hello.", scorer="default")["search"]
    assert {c["scorer"] for c in answer["candidates"]} == {"verifier"}
    assert any(
        "without head: the head was not trained for such a question" in why
        for why in answer["degradations"]
    )
