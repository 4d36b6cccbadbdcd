import json
from pathlib import Path

import httpx2
import pytest
from pydantic import TypeAdapter

from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.settings import Settings
from engines.fake import FakeEngine
from scorers.base import Scored, Scorer
from scorers.maths import Maths, MathsConfig
from search import Budget, Task
from search.strategies import BestOfN, Strategy
from search.trace import NotATrace, RecordedSearch, limits_of
from tests.app.client import ASK, BEAM, ask
from tests.search.world import ASKED, TASK, LastWord, a_or_b, models, search
from training.traces import StoredSearch, read_searches


async def recorded(
    path: Path, strategy: Strategy | None = None, reference: str | None = None, **result: object
) -> RecordedSearch:
    """Run a search, and write it to a file as `fathom ask --trace` does."""
    world, kind = models(), strategy or BestOfN(n=3)
    outcome, trace = await search(kind, world)
    chosen = outcome.answer
    assert isinstance(chosen, Scored)
    told = {"text": chosen.answer, "finish": chosen.finish, "score": chosen.score, "scorer": "s"}
    able = world.engine.capabilities
    task, limits = Task(ASKED, TASK.sampling, pattern="a|b"), limits_of(Budget())
    run = RecordedSearch(kind, task, limits, able, trace, told | result, {}, reference)  # type: ignore[arg-type]
    run.write(path)
    return run


def read(*paths: Path) -> list[StoredSearch]:
    return list(read_searches(paths))


async def test_a_file_says_what_was_asked_and_what_came_of_it(tmp_path: Path) -> None:
    run = await recorded(tmp_path / "out.json", reference="42")
    [stored] = read(tmp_path / "out.json")
    assert (stored.conversation, stored.question) == (ASKED, "What is 6 * 7?")
    assert (stored.events, stored.pattern, stored.reference) == (run.events, "a|b", "42")
    assert (stored.returned.text, stored.returned.score) == (run.result["text"], 1.0)
    assert (stored.returned.whole, stored.returned.abstained) == (True, False)


@pytest.mark.parametrize(
    ("result", "whole", "abstained"),
    [
        ({"finish": "length"}, False, False),
        ({"finish": "malformed"}, False, False),
        ({"text": " "}, False, False),
        ({"score": None, "scorer": "s"}, True, True),
        ({"score": None, "scorer": None}, True, False),
    ],
)
async def test_a_file_says_how_the_answer_ended(
    tmp_path: Path, result: dict[str, object], whole: bool, abstained: bool
) -> None:
    await recorded(tmp_path / "out.json", **result)
    [stored] = read(tmp_path / "out.json")
    assert (stored.returned.whole, stored.returned.abstained) == (whole, abstained)


async def test_an_answer_of_the_api_is_a_search_if_it_has_its_trace(tmp_path: Path) -> None:
    body = (await ask(search=BEAM | {"trace": True})).json()
    (tmp_path / "answer.json").write_text(json.dumps(body))
    [stored] = read(tmp_path / "answer.json")
    assert stored.question == "6*7?"
    assert stored.returned.text == body["choices"][0]["message"]["content"]
    assert (stored.returned.score, stored.returned.whole) == (body["search"]["score"], True)
    assert len(stored.events) == len(body["search"]["trace"])


async def test_an_answer_of_the_api_brings_the_reference_it_was_given(tmp_path: Path) -> None:
    maths: dict[str, Scorer] = {"maths": Maths("maths", LastWord(), None, None)}
    settings = Settings(scorers={"maths": MathsConfig()}, scorer=("maths",))
    service = Service(settings, FakeEngine(a_or_b), LastWord(), maths)
    transport = httpx2.ASGITransport(create_app(Opening(service)))
    asked = ASK | {"search": {"trace": True, "reference": "42"}}
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post("/v1/chat/completions", json=asked)
    (tmp_path / "answer.json").write_text(response.text)
    assert [stored.reference for stored in read(tmp_path / "answer.json")] == ["42"]


async def test_an_answer_that_is_not_of_its_schema_is_not_whole(tmp_path: Path) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "integer"}}}
    for name, says in (("kept", "42"), ("broken", "about 42")):
        engine = FakeEngine(lambda request, i, says=says: says)
        how = {"strategy": {"kind": "best_of_n", "n": 2}, "trace": True}
        body = (await ask(engine, search=how, response_format=form)).json()
        (tmp_path / f"{name}.json").write_text(json.dumps(body))
    assert [stored.returned.whole for stored in read(tmp_path)] == [False, True]


async def test_a_file_can_have_a_search_a_line(tmp_path: Path) -> None:
    body = (await ask(search={"trace": True})).json()
    run = TypeAdapter(RecordedSearch).dump_python(await recorded(tmp_path / "a.json"), mode="json")
    (tmp_path / "log.jsonl").write_text(f"{json.dumps(body)}\n\n{json.dumps(run)}\n")
    assert [s.question for s in read(tmp_path / "log.jsonl")] == ["6*7?", "What is 6 * 7?"]


async def test_a_folder_is_read_in_the_order_of_names_but_for_one_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for i, name in enumerate(("b.json", "a.json", "sub/c.json")):
        await recorded(tmp_path / name, text=f"said {i}")
    (tmp_path / "rows.jsonl").write_text('{"messages": []}\n')
    (tmp_path / "notes.txt").write_text("no trace")
    found = read_searches([tmp_path], but=tmp_path / "rows.jsonl")
    assert [s.returned.text for s in found] == ["said 1", "said 0", "said 2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"out\.json is not a trace: Expecting value"),
        ("{}", r"out\.json is not a trace: strategy"),
        ('{"choices": []}', r"out\.json is not a trace: choices"),
        ('{"choices": [1], "search": {}}', r"out\.json is not a trace"),
        ('{"messages": []}\n{"messages": []}', r"out\.json, line 1 is not a trace"),
        ("[1]\n{", r"out\.json, line 1 is not a trace"),
        ("\xff", r"out\.json cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "out.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(NotATrace, match=message):
        read(tmp_path / "out.json")


async def test_a_response_without_its_trace_is_named(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text((await ask()).text)
    with pytest.raises(NotATrace, match=r"out\.json is not a trace: search\.trace"):
        read(tmp_path / "out.json")


def test_a_folder_without_traces_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotATrace, match="holds no traces"):
        read(tmp_path)
