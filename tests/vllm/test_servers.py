"""The test bench itself: both servers answer, and nothing they start outlives them."""

import json
import subprocess
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.vllm.servers import KEEPER

pytestmark = pytest.mark.vllm


def ask(url: str, body: dict[str, Any]) -> dict[str, Any]:
    data = json.dumps(body).encode()
    with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=60) as reply:
        answer: dict[str, Any] = json.load(reply)
        return answer


def test_the_generator_counts_what_it_draws(vllm_url: str) -> None:
    answer = ask(f"{vllm_url}/v1/completions", {"prompt": [1, 504], "max_tokens": 3, "n": 2})
    assert len(answer["choices"]) == 2
    assert answer["usage"]["prompt_tokens"] == 2


def test_the_prm_gives_a_reward_for_each_line(prm_url: str) -> None:
    answer = ask(f"{prm_url}/pooling", {"input": "2 + 3 = 5.\nSo it is 5.\n"})
    rows = answer["data"][0]["data"]
    assert [sum(row) for row in rows] == pytest.approx([1, 1])


def test_closing_the_pipe_ends_a_server_and_its_children() -> None:
    family = 'bash -c "sleep 600 & wait" & echo started; wait'
    process = subprocess.Popen(
        ["bash", "-c", KEEPER, "bash", "bash", "-c", family],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdin.close()
    assert process.stdout.read() == b"", "reading ends when the last of the group is gone"
    process.wait()
    process.stdout.close()
