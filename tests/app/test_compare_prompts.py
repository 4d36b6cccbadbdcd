"""`fathom compare --prompts`: two that answer, and one that judges, without a model."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from typer.testing import Result

from app.service import Service
from app.settings import Settings
from engines.base import Capabilities, Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.cli_world import fathom
from tests.search.world import LastWord, SharesOfB

Reply = Callable[[Request, int], str]


def asked(request: Request) -> str:
    return request.prompt.conversation.messages[-1].content


def longer(request: Request, _: int) -> str:
    """Answer with a word; asked to rate, give each answer its number of letters."""
    shown = re.findall(r"<answer_\d>\n(.*)\n", asked(request))
    if not shown:
        return "short"
    return f"Answer 1: {len(shown[0])}\nAnswer 2: {len(shown[1])}\nBy length."


def first_shown(request: Request, _: int) -> str:
    return "Answer 1: 9\nAnswer 2: 4" if "<answer_1>" in asked(request) else "short"


def opens(
    judge: Reply, seen: list[FakeEngine] | None
) -> Callable[[Settings], AbstractAsyncContextManager[Service]]:
    """Return what opens a service with a judge, and a further model `other`."""

    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        engine = FakeEngine(judge)
        if seen is not None:
            seen.append(engine)
        scorers = {name: SharesOfB() for name in settings.chain}
        other = FakeEngine(lambda r, i: "lengthy", capabilities=Capabilities("other-model"))
        further = Service(settings, other, LastWord(), scorers)
        yield Service(settings, engine, LastWord(), scorers, named={"other": further})

    return open_service


def compared(
    folder: Path, *words: str, judge: Reply = longer, seen: list[FakeEngine] | None = None
) -> Result:
    path = folder / "prompts.jsonl"
    path.write_text("\n".join(json.dumps({"prompt": f"Say {i}."}) for i in range(4)))
    out = ("--out", str(folder / "records.jsonl"))
    return fathom("compare", *words, "--prompts", str(path), *out, opens=opens(judge, seen))


def told(result: Result) -> dict[str, Any]:
    assert (result.exit_code, result.exception) == (0, None), result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def answers(folder: Path, *responses: str) -> str:
    path = folder / "answers.jsonl"
    rows = ({"prompt": f"Say {i}.", "response": text} for i, text in enumerate(responses))
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)


def test_the_better_of_two_models_wins_in_both_orders(tmp_path: Path) -> None:
    done = told(compared(tmp_path, "other", "fathom", "--judge", "fathom", "--json"))
    assert (done["wins"], done["ties"], done["losses"], done["judged"]) == (4, 0, 0, 4)
    assert done["win_rate"] == {"value": 2.0, "low": 2.0, "high": 2.0}
    assert (done["first"], done["second"], done["judges_itself"]) == ("other", "fathom", True)
    assert (done["judge"]["calls"], done["a"]["completion_tokens"]) == (8, 16)


def test_the_other_way_round_it_loses(tmp_path: Path) -> None:
    done = told(compared(tmp_path, "fathom", "other", "--json"))
    assert (done["losses"], done["win_rate"]["value"]) == (4, 0)


def test_a_judge_that_likes_what_is_shown_first_decides_nothing(tmp_path: Path) -> None:
    result = compared(tmp_path, "other", "fathom", judge=first_shown)
    assert "4 prompts judged: 0 won, 4 tied, 0 lost" in result.stdout
    assert "win rate   1.000 [1.000, 1.000], from 0 to 2; 1 is neither better" in result.stdout
    assert "ties       4 of 4 by the order shown" in result.stdout
    assert "the judge rates answers of its own: fathom" in result.stdout


def test_a_judge_that_gives_no_scores_is_told_of_and_makes_no_tie(tmp_path: Path) -> None:
    result = compared(tmp_path, "other", "fathom", judge=lambda _, __: "Both are good.")
    assert "0 prompts judged: 0 won, 0 tied, 0 lost" in result.stdout
    assert "win rate   none: there is no verdict" in result.stdout
    assert "unreadable 4" in result.stdout


def test_records_have_both_answers_both_scores_and_the_verdict(tmp_path: Path) -> None:
    told(compared(tmp_path, "other", "fathom:sample", "--json"))
    _, *lines = (tmp_path / "records.jsonl").read_text().splitlines()
    record = json.loads(lines[0])
    assert (record["a"]["text"], record["b"]["text"]) == ("lengthy", "short")
    assert record["ab"]["scores"] == record["ba"]["scores"] == {"a": 7, "b": 5}
    assert (record["verdict"], record["prompt"][:4]) == ("win", "Say ")
    assert record["ba"]["reply"].endswith("By length.")


def test_files_of_answers_are_judged_and_what_they_lack_is_left_out(tmp_path: Path) -> None:
    path = answers(tmp_path, "word", "lengthier", "short")
    done = told(compared(tmp_path, path, "fathom", "--json"))
    assert (done["wins"], done["ties"], done["losses"], done["left_out"]) == (1, 1, 1, 1)
    assert (done["a"]["calls"], done["judges_itself"]) == (0, True)


def test_a_run_goes_on_where_it_was_and_asks_nothing_twice(tmp_path: Path) -> None:
    seen: list[FakeEngine] = []
    words = (answers(tmp_path, "word", "lengthier", "short", "longest"), "other", "--json")
    first = told(compared(tmp_path, *words, "--limit", "2", seen=seen))
    second = told(compared(tmp_path, *words, seen=seen))
    assert (first["judged"], second["judged"]) == (2, 4)
    assert [len(engine.seen) for engine in seen] == [4, 4]
    assert compared(tmp_path, *words, "--seed", "1").exit_code == 1


def test_the_judge_draws_one_reply_at_temperature_0(tmp_path: Path) -> None:
    seen: list[FakeEngine] = []
    told(compared(tmp_path, "other", "other", "--judge-tokens", "50", "--json", seen=seen))
    drawn = {(r.n, r.sampling.temperature, r.sampling.max_tokens) for r in seen[0].seen}
    assert (drawn, len(seen[0].seen)) == ({(1, 0.0, 50)}, 8)


def test_an_answer_that_cannot_be_had_fails_and_is_asked_for_again(tmp_path: Path) -> None:
    def down(_: Request, __: int) -> str:
        raise EngineUnavailable("gone")

    done = told(compared(tmp_path, "fathom:sample", "other", "--json", judge=down))
    assert (done["judged"], done["failed"], done["win_rate"]) == (0, 4, None)
    assert done["errors"] == {"EngineUnavailable: gone": 4}
    assert told(compared(tmp_path, "fathom:sample", "other", "--json"))["losses"] == 4


def test_who_is_neither_a_model_nor_a_file_is_refused(tmp_path: Path) -> None:
    for words in (("nobody", "fathom"), ("fathom", "other", "--judge", "nobody")):
        result = compared(tmp_path, *words)
        assert result.exit_code == 1
        assert "nobody" in result.stderr


def test_what_says_how_models_are_asked_goes_with_prompts(tmp_path: Path) -> None:
    result = fathom("compare", "a.jsonl", "b.jsonl", "--judge", "fathom")
    assert (result.exit_code, "it goes with --prompts" in result.stderr) == (2, True)
