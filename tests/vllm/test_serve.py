"""`fathom serve --model`: one command starts a real vLLM, serves it, and leaves nothing behind."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.vllm.servers import CACHE, COMMON, ENVIRONMENT, START_SECONDS, variables

pytestmark = pytest.mark.vllm
FATHOM = str(Path(sys.executable).with_name("fathom"))


def command() -> list[str]:
    own = [f"{name}={value}" for name, value in variables().items()]
    python = str(ENVIRONMENT / "bin" / "python")
    vllm = ["env", *own, python, "-m", "vllm.entrypoints.openai.api_server"]
    model = ["--model", str(CACHE / "smollm2"), "--vllm-command", shlex.join(vllm)]
    arguments = shlex.join([*COMMON[2:], "--served-model-name", "tiny"])
    return [FATHOM, "serve", "--port", "0", *model, "--model-args", arguments]


def descendants(pid: int) -> set[int]:
    """Every process below this one."""
    found, stack = set(), [pid]
    while stack:
        children = Path(f"/proc/{stack.pop()}/task").glob("*/children")
        below = {int(child) for listed in children for child in listed.read_text().split()}
        stack += below - found
        found |= below
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def test_one_command_starts_vllm_answers_and_when_killed_leaves_nothing() -> None:
    with subprocess.Popen(
        command(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        address = next(line.split()[1] for line in process.stdout if line.startswith("  address"))
        body = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 8}
        data = json.dumps(body).encode()
        asked = Request(f"{address}/chat/completions", data, {"content-type": "application/json"})
        with urlopen(asked, timeout=60) as reply:
            answer = json.load(reply)
        below = descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)

    assert answer["choices"][0]["message"]["content"]
    assert len(below) >= 3, "a tether, vLLM's server and its engine"
    deadline = time.monotonic() + START_SECONDS / 8
    while alive(below) and time.monotonic() < deadline:
        os.sched_yield()
    assert not alive(below)
