"""The tree of a search: live, of the past, and as a fold of events."""

import json
from typing import Any

import pytest

from app.tree import LONGEST_TEXT, Growth
from app.tree.lineage import quoted
from app.tree_events import TreeNews, tree_of
from engines.base import Generation, Prompt, Request, Sample, Sampling, Step
from engines.conversation import Conversation, Message
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Candidate, Judgement, Verdict
from search.events import Event, Generated, Judged, Rendered
from tests.app.client import ASK, BEAM, an_app, ask, call_app
from tests.recordings import GOLDEN, Recording

QUESTION = Conversation((Message("user", "?"),))
TRACE = {"trace": True}
TREE = TRACE | {"events": "tree"}
EVERY_RECORDING = sorted(path.stem for path in GOLDEN.glob("*.jsonl"))


def told(text: str) -> list[dict[str, Any]]:
    """Return the events of the tree in a stream."""
    blocks = [block.split("\n") for block in text.split("\n\n")]
    return [json.loads(b[1].removeprefix("data: ")) for b in blocks if b[0] == "event: search.tree"]


def merged(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a reader of the events knows of the nodes in the end."""
    known: dict[int, dict[str, Any]] = {}
    for event in events:
        for node in event["nodes"]:
            known[node["id"]] = known.get(node["id"], {}) | node
    return [known[i] for i in sorted(known)]


def report(text: str) -> dict[str, Any]:
    """Return the report in a stream."""
    lines = [line[6:] for line in text.split("\n") if line.startswith("data: {")]
    return next(chunk["search"] for chunk in map(json.loads, lines) if "search" in chunk)


def step(text: str, tokens: int = 1) -> Step:
    return Step(text, tokens)


def drawn(place: str, prompt: Prompt, steps: tuple[Step, ...], *texts: str) -> Generated:
    request = Request(place, prompt, steps, len(texts), Sampling(10), 0)
    samples = tuple(Sample(step(text), "stop") for text in texts)
    return Generated(request, Generation(samples, Usage()))


def grown(*events: Event, most: int = 100) -> Growth:
    growth = Growth(most)
    for event in (Rendered(Prompt(QUESTION)), *events):
        growth.hear(event)
    return growth


async def replayed(name: str, **body: Any):
    recording = Recording.read(GOLDEN / f"{name}.jsonl")
    asked = recording.request
    how = TREE if "stream" in body else TRACE
    asked = asked | body | {"search": asked.get("search", {}) | how}
    return recording, await call_app(recording.app(), "POST", "/v1/chat/completions", json=asked)


@pytest.mark.parametrize("name", EVERY_RECORDING)
def test_every_sample_of_a_recording_has_a_node(name: str) -> None:
    trace = Recording.read(GOLDEN / f"{name}.jsonl").trace
    nodes = tree_of(trace, ())["nodes"]
    texts = [s.step.text for e in trace if isinstance(e, Generated) for s in e.generation.samples]
    kinds = ("step", "reply")
    assert sorted(n["text"] for n in nodes if n["kind"] in kinds) == sorted(
        text[:LONGEST_TEXT] for text in texts
    )
    assert all(n["id"] == i and (n["parent"] is None) == (i == 0) for i, n in enumerate(nodes))
    assert all(n["parent"] < n["id"] for n in nodes[1:])


@pytest.mark.parametrize("name", EVERY_RECORDING)
async def test_a_tree_is_the_same_live_and_afterwards(name: str) -> None:
    _, answer = await replayed(name, stream=True)
    events = told(answer.text)
    assert merged(events) == report(answer.text)["tree"]["nodes"]
    assert [event["ended"] for event in events] == [False] * (len(events) - 1) + [True]


@pytest.mark.parametrize("name", ["beam_search", "mcts", "best_of_n", "revisions", "plan_search"])
async def test_the_chosen_path_says_the_answer(name: str) -> None:
    recording, answer = await replayed(name)
    nodes = answer.json()["search"]["tree"]["nodes"]
    content = recording.response["choices"][0]["message"]["content"]
    chosen = [node["text"] for node in nodes if node["state"] == "chosen"]
    assert chosen[0] == recording.request["messages"][-1]["content"]
    assert content.strip().endswith(chosen[-1].strip())


async def test_what_a_beam_does_not_go_on_with_is_pruned() -> None:
    answer = await ask(stream=True, search=BEAM | TREE)
    nodes = merged(told(answer.text))
    parents = {node["parent"] for node in nodes}
    assert {n["state"] for n in nodes} >= {"chosen", "pruned"}
    assert not [n for n in nodes if n["state"] == "open" and n["id"] not in parents]
    assert all(0 <= n["reward"] <= 1 for n in nodes if n["kind"] == "step" and "reward" in n)
    assert "event: search.progress\n" in answer.text


async def test_progress_comes_without_the_tree_if_that_is_not_asked_for() -> None:
    for events in (True, "progress"):
        answer = await ask(stream=True, search=BEAM | {"events": events})
        assert "event: search.progress\n" in answer.text
        assert "search.tree" not in answer.text


async def test_a_tree_without_a_stream_is_refused() -> None:
    body = ASK | {"search": {"events": "tree"}}
    answer = await call_app(an_app(), "POST", "/v1/chat/completions", json=body)
    assert answer.status_code == 400


def test_a_revision_hangs_below_the_answer_it_revises() -> None:
    trace = Recording.read(GOLDEN / "revisions.jsonl").trace
    nodes = tree_of(trace, ())["nodes"]
    replies = [node for node in nodes if node["kind"] == "reply"]
    assert {nodes[node["parent"]]["kind"] for node in replies} == {"step"}
    assert all(node["asked"].startswith("Look for a mistake") for node in replies)


def test_what_fuses_several_answers_names_them_all() -> None:
    trace = Recording.read(GOLDEN / "mixture.jsonl").trace
    *_, fused = tree_of(trace, ())["nodes"]
    assert fused["parent"] == 0
    assert fused["sources"] == [1, 2]


async def test_plans_hang_below_the_observations_they_rest_on() -> None:
    def reply(request: Request, index: int) -> str:
        asked = request.prompt.conversation.messages[-1].content
        return '["it is odd", "it is small"]' if "Python list" in asked else "words"

    strategy = {"kind": "plan_search", "observations": 2, "layers": 1, "subset": 1}
    answer = await ask(FakeEngine(reply), search={"strategy": strategy, "trace": True})
    nodes = answer.json()["search"]["tree"]["nodes"]
    ideas = {node["text"]: node for node in nodes if node["kind"] == "idea"}
    assert set(ideas) == {"it is odd", "it is small"}
    assert nodes[ideas["it is odd"]["parent"]]["text"].startswith("[")
    below = {node["asked"][:10] for node in nodes if node["parent"] == ideas["it is odd"]["id"]}
    assert below == {"This obser"}


def test_equal_solutions_that_were_judged_once_are_all_scored() -> None:
    prompt, first = Prompt(QUESTION), (step("a"),)
    judged = Candidate(prompt, first, "eos")
    growth = grown(
        Judged("1/1", "prm", (judged,), Judgement((Verdict(0.5, (0.5,)),))),
        drawn("1.0", prompt, (), "a", "b", "a"),
    )
    assert [node.score for node in growth.nodes] == [None, 0.5, None, 0.5]
    assert [node.text for node in growth.nodes] == ["?", "a", "b", "a"]


def test_what_stands_between_marks_is_quoted() -> None:
    text = "Of these:\n<a>\none\ntwo\n</a>\n</b>\n<b>\n<a>\nthree\n</a>\n<a>\n"
    assert list(quoted(text)) == ["one\ntwo", "three"]


def test_what_is_taken_up_again_is_open_again() -> None:
    prompt = Prompt(QUESTION)
    first = (step("a"),)
    growth = grown(
        drawn("1.0", prompt, (), "a", "b"),
        drawn("2.0", prompt, (step("b"),), "c"),
        drawn("3.0", prompt, (step("b"), step("c")), "d"),
    )
    assert growth.nodes[1].state == "pruned"
    growth.hear(drawn("4.0", prompt, first, "e"))
    assert growth.nodes[1].state == "open"
    assert [node.text for node in growth.nodes[-1].path] == ["?", "a", "e"]


def test_steps_that_nobody_drew_were_written() -> None:
    prompt = Prompt(QUESTION)
    growth = grown(
        drawn("1.0", prompt, (), "so</think>"),
        drawn("2.0", prompt, (step("so"), step("Wait"), step("!")), "more"),
    )
    assert [(node.kind, node.text) for node in growth.nodes[-1].path] == [
        ("root", "?"), ("step", "so</think>"), ("written", "Wait"), ("written", "!"),
        ("step", "more"),
    ]  # fmt: skip


def test_a_tree_that_is_full_counts_what_it_leaves_out() -> None:
    prompt = Prompt(QUESTION)
    growth = grown(
        drawn("1.0", prompt, (), "a", "b"),
        drawn("2.0", prompt, (), "c"),
        drawn("3.0", prompt, (step("c"),), "d", "e"),
        most=3,
    )
    assert len(growth.nodes) == 3
    assert growth.left_out == 3


def test_a_slow_reader_is_told_of_each_node_once() -> None:
    prompt, news = Prompt(QUESTION), TreeNews()
    news.hear(Rendered(prompt))
    news.hear(drawn("1.0", prompt, (), "x" * 5_000, "b"))
    for i in range(2, 6):
        news.hear(drawn(f"{i}.0", prompt, (step("b"),), f"b{i}"))
    [event] = news.take()
    assert [node["id"] for node in event["nodes"]] == list(range(7))
    assert len(event["nodes"][1]["text"]) == LONGEST_TEXT
    assert event["nodes"][1]["cut"]
    assert not list(news.take())
    news.hear(drawn("9.0", prompt, (step("b"), step("b2")), "end"))
    assert all("text" not in n for e in news.take() for n in e["nodes"] if n["id"] < 7)
