"""lm-evaluation-harness drives the service, and scores what it answered."""

import json
from pathlib import Path

import httpx2
import pytest

from engines.base import Request
from engines.fake import FakeEngine
from tests.clients import harness
from tests.clients.loopback import loopback

pytestmark = pytest.mark.clients
SUMS = [json.loads(line) for line in (harness.TASKS / "sums.jsonl").read_text().splitlines()]
WRONG = "Ann"
"""Whose question is answered wrongly."""


def answer_of(question: str) -> str:
    [known] = [sum_["answer"] for sum_ in SUMS if sum_["question"] in question]
    # The grader of the test's service looks for these words.
    return "Answer: 0" if WRONG in question else known.replace("####", "Answer:")


def reply(request: Request, i: int) -> str:
    """Answer a question, and begin another one."""
    return f"{answer_of(request.prompt.conversation.messages[-1].content)}\n\nQuestion: 99?"


def accuracy(run: harness.Run, task: str) -> float:
    return run.results["results"][task]["exact_match,flexible-extract"]


def test_it_scores_what_the_service_answered(tmp_path: Path) -> None:
    with loopback(FakeEngine(reply)) as service:
        run = harness.run(service.address, "fathom", "fathom_sums", tmp_path)
    assert run.code == 0, run.said
    assert run.answers == [f"{answer_of(sum_['question'])}\n\n" for sum_ in SUMS]
    assert accuracy(run, "fathom_sums") == pytest.approx(4 / 5)


def test_all_that_it_sends_is_honoured(tmp_path: Path) -> None:
    engine = FakeEngine(reply)
    with loopback(engine) as service:
        run = harness.run(service.address, "fathom", "fathom_sums", tmp_path, "--limit", "1")
    assert run.code == 0, run.said
    [body] = service.bodies
    assert set(body) == {"messages", "model", "max_tokens", "temperature", "stop", "seed"}
    [asked] = engine.seen
    how = asked.sampling
    assert (how.max_tokens, how.temperature, how.stop) == (64, 0, tuple(body["stop"]))
    assert asked.n == 1


def test_a_search_is_evaluated_by_its_alias_and_the_temperature_of_the_samples(
    tmp_path: Path,
) -> None:
    engine = FakeEngine(reply)
    with loopback(engine) as service:
        run = harness.run(service.address, "fathom:majority", "fathom_sums", tmp_path,
                          "--gen_kwargs", "temperature=0.7", "--limit", "2")  # fmt: skip
    assert run.code == 0, run.said
    assert sum(asked.n for asked in engine.seen) == 2 * 8
    assert {asked.sampling.temperature for asked in engine.seen} == {0.7}
    assert accuracy(run, "fathom_sums") == pytest.approx(1 / 2)


def test_what_cannot_be_honoured_ends_the_run_by_the_name_of_the_field(tmp_path: Path) -> None:
    with loopback(FakeEngine(reply)) as service:
        run = harness.run(service.address, "fathom", "fathom_sums", tmp_path,
                          "--gen_kwargs", "top_k=5", "--limit", "1")  # fmt: skip
    assert run.code != 0
    assert "`top_k` is not a field this server can honour" in run.said


def test_the_service_as_it_is_started_is_evaluated(served: str, tmp_path: Path) -> None:
    run = harness.run(served.removesuffix("/v1"), "lab-reasoner", "fathom_expressions", tmp_path)
    assert run.code == 0, run.said
    texts = (harness.TASKS / "expressions.jsonl").read_text().splitlines()
    known = [json.loads(line) for line in texts]
    answers = [asked(served, one["question"]) for one in known]
    assert run.answers == answers
    right = [text.split()[-1] == one["answer"] for text, one in zip(answers, known, strict=True)]
    assert accuracy(run, "fathom_expressions") == pytest.approx(sum(right) / len(known))


def test_texts_are_gone_on_with_by_the_service_as_it_is_started(served: str, tmp_path) -> None:
    if httpx2.post(f"{served}/completions", json={}).status_code == 404:
        pytest.skip("POST /v1/completions is not served")
    address = served.removesuffix("/v1")
    run = harness.run(address, "lab-reasoner", "fathom_expressions", tmp_path, "--limit", "2",
                      way=harness.TEXT)  # fmt: skip
    assert run.code == 0, run.said
    assert len(run.answers) == 2
    assert all(run.answers)


def asked(address: str, question: str) -> str:
    """Ask the same without the harness."""
    body = {"model": "lab-reasoner", "messages": [{"role": "user", "content": question}],
            "temperature": 0, "max_tokens": 200, "stop": [], "seed": 1234}  # fmt: skip
    response = httpx2.post(f"{address}/chat/completions", json=body, timeout=60)
    return response.json()["choices"][0]["message"]["content"]
