"""What the strategies that end one chain of thought, or make it longer, do that others do not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Delta, Request
from engines.fake import FakeEngine
from scorers.answers import Answers, final_answer
from scorers.equality import MathGrader
from search import Models
from search.strategies import BudgetForcing, CertaintyProbe
from search.strategies.budget_forcing import FORCE
from search.strategies.certainty_probe import CLOSE, PROBE, answered, unhesitating
from tests.search.world import (
    HOURGLASS,
    TASK,
    bill,
    hanging,
    models,
    search,
)

END = "</think>"


def thinks(request: Request, i: int) -> str:
    """Think two words at a time if thinking has an end, and answer where it has ended."""
    return f"let us {END} 42" if END in request.sampling.stop else " so 42"


async def test_wait_is_put_in_at_every_early_end_without_the_end_itself() -> None:
    outcome, _ = await search(BudgetForcing(waits=2, think_end=END), models(FakeEngine(thinks)))
    assert outcome.answer.text == f"let us Waitlet us Waitlet us {END} so 42"
    assert outcome.answer.finish == "eos"


@pytest.mark.parametrize("waits", [0, 1, 3])
async def test_where_thinking_has_no_end_the_end_of_the_turn_is_one(waits: int) -> None:
    engine = FakeEngine(lambda request, i: "so 42")
    outcome, _ = await search(BudgetForcing(waits=waits, wait=" Hm, "), models(engine))
    assert outcome.answer.text == "so 42" + " Hm, so 42" * waits
    assert len(engine.seen) == waits + 1


async def test_at_the_cap_thinking_is_closed_and_the_answer_asked_for_once() -> None:
    engine = FakeEngine(lambda request, i: "42" if FORCE in request.text else "w " * 50)
    strategy = BudgetForcing(waits=2, max_thinking_tokens=10, think_end=END)
    outcome, _ = await search(strategy, models(engine))
    assert outcome.answer.text == "w " * 10 + END + FORCE + "42"


@pytest.mark.parametrize("think_end", ["", END])
async def test_the_cap_is_on_all_thinking_together(think_end: str) -> None:
    engine = FakeEngine(lambda request, i: f"a b c d {think_end}")
    strategy = BudgetForcing(waits=9, max_thinking_tokens=12, think_end=think_end, wait="Wait ")
    outcome, _ = await search(strategy, models(engine))
    *thinking, last = engine.seen
    used = [sum(step.tokens for step in request.steps) for request in thinking]
    assert [request.sampling.max_tokens for request in thinking] == [12 - n for n in used]
    assert last.text.count(FORCE) == outcome.answer.text.count(FORCE) == 1
    assert sum(step.tokens for step in last.steps[:-1]) == 12


@pytest.mark.parametrize(("max_tokens", "thinking"), [(30, 20), (500, 50), (5, 3)])
async def test_thinking_leaves_tokens_for_the_answer(max_tokens: int, thinking: int) -> None:
    engine = FakeEngine(lambda request, i: "w " * 1000)
    strategy = BudgetForcing(max_thinking_tokens=50, answer_tokens=10)
    await search(strategy, models(engine), sampling=replace(TASK.sampling, max_tokens=max_tokens))
    assert engine.seen[0].sampling.max_tokens == thinking


async def test_no_wait_follows_a_stop_string_of_the_callers() -> None:
    engine = FakeEngine(lambda request, i: "so 42 STOP and more")
    asked = replace(TASK.sampling, stop=("STOP",))
    outcome, _ = await search(BudgetForcing(waits=3), models(engine), sampling=asked)
    assert (outcome.answer.text, len(engine.seen)) == ("so 42 ", 1)


@pytest.mark.parametrize(
    ("probe", "answer"),
    [
        ("12} \\]", "12"),
        ("x_{1}}…", "x_{1}"),
        (" \\frac{1}{2} } and {more}}", "\\frac{1}{2}"),
        ("12", ""),
        ("x_{1}", ""),
        ("} \\]", ""),
        ("", ""),
    ],
)
def test_a_probe_is_read_up_to_the_brace_it_did_not_open(probe: str, answer: str) -> None:
    assert answered(probe) == answer


@given(st.recursive(st.text("ab1"), lambda s: st.builds("{}{{{}}}{}".format, s, s, s)))
def test_whatever_is_boxed_is_read_back(answer: str) -> None:
    assert answered(answer + "} \\] and {so} on}") == answer


@pytest.mark.parametrize("word", ["wait", "Hold", "but", "OKAY", "no", "hmm"])
def test_a_word_of_doubt_is_doubt(word: str) -> None:
    assert not unhesitating(f"12}} \\] {word}, ")


@pytest.mark.parametrize("said", ["I know", "nothing", "butter", "household", "waiter"])
def test_a_part_of_a_word_is_no_doubt(said: str) -> None:
    assert unhesitating(f"12}} {said}")


class Boxes:
    """A grader to whom what is boxed is the answer, equal when spelt alike."""

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:
        said = [final_answer(text) for text in texts]
        found = [answer.text if answer and answer.kind == "boxed" else None for answer in said]
        known = list(dict.fromkeys(found))
        return Answers(tuple(found), tuple(None if a is None else known.index(a) for a in found))

    async def equal(self, truth: str, given: str) -> bool:
        return truth == given


def probed(*probes: str) -> FakeEngine:
    """An engine that thinks for ever, and whose probes say what they are to, one after the other.

    The end of a probe that is not to be the end of a sentence: the last goes on for ever.
    """
    left = iter(probes)

    def reply(request: Request, i: int) -> str:
        if request.text.endswith(PROBE):
            return next(left, "")
        return " done" if request.text.endswith("\\]") else "w " * 1000

    return FakeEngine(reply)


def seeing(engine: FakeEngine, grader: Boxes | MathGrader | None = None) -> Models:
    return replace(models(engine), grader=grader or Boxes())


def chunks(engine: FakeEngine) -> int:
    closed = [request for request in engine.seen if request.text.endswith("\\]")]
    probes = [request for request in engine.seen if request.text.endswith(PROBE)]
    return len(engine.seen) - len(closed) - len(probes)


@pytest.mark.parametrize(
    ("probes", "drawn"),
    [
        (["12}", "12}"], 2),
        (["12}", "", "12}", "12}"], 4),
        (["12}", "12} wait", "12}", "12}"], 4),
        (["12}", "13}", "13}"], 3),
        (["12", "12", "12}", "12} I know"], 4),
        (["}", "}", "12}", "12}"], 4),
    ],
)
async def test_thinking_ends_when_two_probes_are_sure_of_the_same(probes, drawn: int) -> None:
    engine = probed(*probes)
    outcome, _ = await search(CertaintyProbe(chunk=3), seeing(engine))
    answer = answered(probes[-1])
    assert chunks(engine) == drawn
    assert outcome.answer.text == "w " * 3 * drawn + CLOSE % answer + " done"


async def test_as_many_probes_must_agree_as_is_asked_for() -> None:
    engine = probed(*["12}"] * 9)
    await search(CertaintyProbe(chunk=3, agree=4), seeing(engine))
    assert chunks(engine) == 4


async def test_probes_that_differ_in_spelling_agree() -> None:
    engine = probed("0.5}", "\\frac12}")
    async with MathGrader(workers=1, seconds=5) as grader:
        await search(CertaintyProbe(chunk=3), seeing(engine, grader))
    assert chunks(engine) == 2


async def test_a_probe_is_short_and_drawn_as_in_the_paper() -> None:
    engine = probed("12}", "12}")
    await search(CertaintyProbe(chunk=3), seeing(engine))
    probe = engine.seen[1].sampling
    assert (probe.max_tokens, probe.temperature, probe.top_p) == (20, 0.6, 0.95)
    assert engine.seen[2].sampling == replace(TASK.sampling, max_tokens=3)


async def test_probes_are_billed_and_no_solutions() -> None:
    outcome, trace = await search(CertaintyProbe(chunk=3), seeing(probed("12}", "12}")))
    assert bill(trace) == outcome.usage
    assert outcome.usage.completion_tokens == 3 + 1 + 3 + 1 + 2
    assert outcome.ranked == (outcome.answer,)
    assert PROBE not in outcome.answer.text


async def test_thinking_is_closed_before_the_answer() -> None:
    outcome, _ = await search(CertaintyProbe(chunk=3, think_end=END), seeing(probed("12}", "12}")))
    assert outcome.answer.text == "w " * 6 + END + CLOSE % "12" + " done"


async def test_there_is_no_probe_once_thinking_has_ended() -> None:
    engine = FakeEngine(thinks)
    outcome, _ = await search(CertaintyProbe(chunk=20, think_end=END), seeing(engine))
    assert outcome.answer.text == f"let us {END} so 42"
    assert len(engine.seen) == 2


async def test_a_thought_that_is_never_sure_ends_with_its_cap() -> None:
    engine = probed(*[f"{i}}}" for i in range(99)])
    asked = replace(TASK.sampling, max_tokens=40)
    outcome, _ = await search(CertaintyProbe(chunk=8), seeing(engine), sampling=asked)
    assert (outcome.answer.finish, outcome.answer.text) == ("length", "w " * 40)


async def test_a_chunk_that_the_clock_cut_has_ended() -> None:
    class Slow(FakeEngine):
        async def generate(self, request, listen=None):
            assert listen
            listen(Delta(0, "half of a lo", 3))
            return await super().generate(request, listen)

    engine = Slow(lambda request, i: "never", latency=hanging())
    outcome, _ = await search(CertaintyProbe(chunk=3), seeing(engine), HOURGLASS)
    assert (outcome.stop, outcome.answer.finish) == ("deadline", "length")
    assert outcome.answer.text == "half of a lo"
