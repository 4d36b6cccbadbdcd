"""OpenAI's own client has a batch answered by the real service on the real embedded model."""

import json
import time

import openai
import pytest
from openai import OpenAI
from openai.types import Batch

pytestmark = pytest.mark.embedded
QUESTIONS = ("What is 2 + 2?", "Name a colour.", "Say hello.")


def request(number: int, question: str) -> bytes:
    body = {"model": "fathom", "max_tokens": 8, "reasoning_effort": "none",
            "messages": [{"role": "user", "content": question}]}  # fmt: skip
    line = {
        "custom_id": f"q{number}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": body,
    }
    return json.dumps(line).encode() + b"\n"


def ended(client: OpenAI, batch: Batch) -> Batch:
    deadline = time.monotonic() + 50
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        assert time.monotonic() < deadline, batch
        time.sleep(0.1)
        batch = client.batches.retrieve(batch.id)
    return batch


def test_a_batch_is_sent_answered_and_fetched(served: str) -> None:
    with OpenAI(base_url=served, api_key="none", max_retries=0) as client:
        content = b"".join(request(i, question) for i, question in enumerate(QUESTIONS))
        file = client.files.create(file=("q.jsonl", content), purpose="batch")
        batch = ended(client, client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h",
            metadata={"of": "a test"},
        ))  # fmt: skip
        assert (batch.status, batch.metadata) == ("completed", {"of": "a test"})
        assert batch.output_file_id
        output = client.files.content(batch.output_file_id).text
        answers = [json.loads(answer) for answer in output.splitlines()]
        assert [answer["custom_id"] for answer in answers] == ["q0", "q1", "q2"]
        assert all(answer["response"]["body"]["choices"][0]["message"] for answer in answers)
        assert batch.usage
        assert 3 <= batch.usage.output_tokens <= 24
        assert batch.id in [each.id for each in client.batches.list(limit=5)]


def test_files_are_listed_and_deleted(served: str) -> None:
    with OpenAI(base_url=served, api_key="none", max_retries=0) as client:
        expiry = {"anchor": "created_at", "seconds": 3600}
        file = client.files.create(file=("a.jsonl", b"{}"), purpose="batch", expires_after=expiry)  # type: ignore[arg-type]
        assert client.files.retrieve(file.id).expires_at == file.created_at + 3600
        assert file.id in [each.id for each in client.files.list(order="asc")]
        assert client.files.delete(file.id).deleted
        with pytest.raises(openai.NotFoundError):
            client.files.retrieve(file.id)
