"""A policy that knows how many pauses pay, and the strategy that leaves it to it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from engines.base import Request
from engines.fake import FakeEngine
from search import Outcome, Task, run_search
from search.budget import Budget
from search.errors import PolicyMalformed, PolicyOutdated
from search.events import Drafted, Generated, Noted, Trace
from search.policy import Entry, Measured, Option, Policy, PolicyAdviser, Row, read, write
from search.replay import Replay
from search.run import UNPAUSED
from search.strategies import Auto, BestOfN, OneSample, Strategy
from tests.search.world import TASK, advising, bill, interval, models, policy

PAUSE = 3
TRACE = TypeAdapter(Trace)
SAMPLE = OneSample(n=1)


def arm(strategy: Strategy, pauses: int, accuracy: float = 0.8, tokens: float = 60) -> Row:
    """A bin where a strategy gains with so many pauses, and less without."""
    best = Option(strategy=strategy, accuracy=interval(accuracy), tokens=tokens, pauses=pauses)
    bare = Option(strategy=strategy, accuracy=interval(0.5), tokens=tokens)
    entry = Entry(budget=int(tokens), best=best, gain=interval(0.3), runners_up=(bare,))
    return Row(plain=Measured(accuracy=interval(0.4), tokens=10), entries=(entry,))


def paused(*rows: Row, pauses: tuple[int, ...] = (0, 10), **fields: Any) -> Policy:
    told = {"version": 2, "pauses": pauses, "confidence": ()} | fields
    return policy(*rows, **told)


def b_with_ten(request: Request, i: int) -> str:
    """Be liked behind ten pauses, and say how many there were."""
    m = request.ids.count(PAUSE)
    return f"{'b' if m == 10 else 'a'}\n\nAnswer: {m}.{i}"


async def ask(
    table: Policy, task: Task = TASK, *, pause: int | None = PAUSE
) -> tuple[Outcome, Trace, FakeEngine]:
    trace: Trace = []
    engine = FakeEngine(b_with_ten, pause=pause)
    world = replace(models(engine), adviser=PolicyAdviser(table))
    outcome = await run_search(Auto(), task, world, Budget(tokens=500), sink=trace.append)
    return outcome, trace, engine


def drawn(trace: Trace) -> list[tuple[int, int]]:
    """Return samples and pauses of each request."""
    requests = [e.request for e in trace if isinstance(e, Generated)]
    return [(request.n, len(request.sampling.pauses)) for request in requests]


async def test_the_pauses_that_pay_are_behind_the_prompt_of_what_is_chosen() -> None:
    outcome, trace, _ = await ask(paused(arm(BestOfN(n=4), 10)))
    assert drawn(trace) == [(2, 0), (4, 10)]
    assert outcome.answer.text.startswith("b\n\nAnswer: 10.")
    [told] = outcome.advice
    assert (told["pauses"], told["strategy"]["n"]) == (10, 4)  # type: ignore[index,call-overload]
    assert "best_of_n with 10 pauses: in bin 1 of 1" in str(told["reason"])


async def test_their_flops_are_on_the_bill_and_no_token_more_is_drawn() -> None:
    outcome, trace, engine = await ask(paused(arm(SAMPLE, 10)))
    prompt = len((await engine.render(TASK.conversation)).ids or ())
    assert bill(trace) == outcome.usage
    assert outcome.generator.prompt_tokens == 2 * prompt + 10
    assert outcome.generator.flops == outcome.generator.prompt_tokens + 3 * 3


async def test_where_none_pay_the_samples_of_the_probe_are_the_first() -> None:
    outcome, trace, _ = await ask(paused(advising(BestOfN(n=4))))
    assert drawn(trace) == [(2, 0), (2, 0)]
    assert outcome.advice[0]["pauses"] == 0


async def test_one_sample_behind_pauses_is_drawn_although_there_are_others() -> None:
    _, trace, _ = await ask(paused(arm(SAMPLE, 10)))
    assert drawn(trace) == [(2, 0), (1, 10)]


async def test_the_fewest_that_were_measured_are_behind_the_probe() -> None:
    best = Option(strategy=SAMPLE, accuracy=interval(0.8), tokens=10, pauses=10)
    entry = Entry(budget=10, best=best, gain=interval(0.3))
    row = Row(plain=Measured(accuracy=interval(0.4), tokens=10), entries=(entry,))
    _, trace, _ = await ask(paused(row, pauses=(5, 10)))
    assert drawn(trace) == [(2, 5), (1, 10)]


@pytest.mark.parametrize(("own", "chosen"), [(10, 0.8), (0, 0.5), (7, 0.5)])
async def test_what_the_request_says_of_pauses_wins(own: int, chosen: float) -> None:
    sampling = replace(TASK.sampling, pauses=(PAUSE,) * own)
    task = replace(TASK, sampling=sampling, pauses_given=True)
    outcome, trace, _ = await ask(paused(arm(BestOfN(n=4), 10)), task)
    assert {pauses for _, pauses in drawn(trace)} == {own}
    assert outcome.advice[0]["pauses"] == own
    told: Any = outcome.advice[0]["accuracy"]
    assert told["value"] in (chosen, 0.4)


async def test_pauses_of_the_settings_are_the_policys_to_change() -> None:
    task = replace(TASK, sampling=replace(TASK.sampling, pauses=(PAUSE,) * 5))
    _, trace, _ = await ask(paused(arm(SAMPLE, 10)), task)
    assert drawn(trace) == [(2, 0), (1, 10)]
    _, trace, _ = await ask(policy(advising(BestOfN(n=4)), confidence=()), task)
    assert drawn(trace) == [(2, 5), (2, 5)]


async def test_a_model_that_has_lost_its_token_is_advised_without() -> None:
    outcome, trace, _ = await ask(paused(arm(BestOfN(n=4), 10)), pause=None)
    assert {pauses for _, pauses in drawn(trace)} == {0}
    assert outcome.advice[0]["pauses"] == 0


async def test_a_model_taught_to_pause_is_not_told_of_where_the_policy_has_its_say() -> None:
    task = replace(TASK, pausing=True)
    for table, told in (
        (paused(arm(SAMPLE, 10)), False),
        (paused(advising(BestOfN(n=4))), False),
        (policy(advising(BestOfN(n=4))), True),
    ):
        outcome, _, _ = await ask(table, task)
        assert (UNPAUSED in outcome.degradations) == told
    own, _, _ = await ask(paused(arm(SAMPLE, 10)), replace(task, pauses_given=True))
    assert UNPAUSED in own.degradations


@pytest.mark.parametrize("own", [None, 4])
async def test_the_trace_replays_pauses_and_all(own: int | None) -> None:
    sampling = replace(TASK.sampling, pauses=(PAUSE,) * (own or 0))
    task = replace(TASK, sampling=sampling, pauses_given=own is not None)
    outcome, trace, engine = await ask(paused(arm(BestOfN(n=4), 10)), task)
    kept = [e for e in trace if not isinstance(e, Drafted)]
    replay = Replay(TRACE.validate_json(TRACE.dump_json(kept)), engine.capabilities)
    assert await run_search(Auto(), task, replay.models, Budget(tokens=500)) == outcome


async def test_the_probe_says_how_many_pauses_it_had() -> None:
    for table, told in ((paused(arm(SAMPLE, 10)), 0), (policy(advising(SAMPLE)), None)):
        _, trace, _ = await ask(table)
        [probe] = [e.data for e in trace if isinstance(e, Noted) and e.label == "probe"]
        assert probe.get("pauses") == told


def test_a_policy_with_pauses_survives_its_file(tmp_path: Path) -> None:
    table = paused(arm(BestOfN(n=4), 10), advising(SAMPLE))
    write(table, tmp_path / "policy.yaml")
    assert read(tmp_path / "policy.yaml") == table
    plain = yaml.safe_load((tmp_path / "policy.yaml").read_text())
    assert (plain["version"], plain["pauses"]) == (2, [0, 10])
    assert plain["bins"][1]["entries"][0]["best"]["pauses"] == 10


def test_a_policy_without_is_written_as_it_always_was(tmp_path: Path) -> None:
    write(policy(advising(SAMPLE)), tmp_path / "policy.yaml")
    text = (tmp_path / "policy.yaml").read_text()
    assert text.startswith("version: 1\n")
    assert "pauses" not in text
    assert read(tmp_path / "policy.yaml").pauses == ()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"version": 1}, "of version 2, and only then"),
        ({"pauses": ()}, "of version 2, and only then"),
        ({"pauses": (10, 0)}, "do not rise"),
        ({"pauses": (-1, 10)}, "do not rise"),
        ({"pauses": (0, 5)}, "10 pauses are not among"),
        ({"confidence": [{"held": 0.5, "accuracy": 0.5}]}, "how sure an answer is"),
    ],
)
def test_pauses_that_make_no_sense_are_no_policy(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        paused(arm(SAMPLE, 10), **fields)


def test_a_file_of_a_later_version_is_to_be_fitted_anew(tmp_path: Path) -> None:
    for version, error in ((3, PolicyOutdated), (2, PolicyMalformed)):
        write(policy(advising(SAMPLE)), tmp_path / "policy.yaml")
        text = (tmp_path / "policy.yaml").read_text().replace("version: 1", f"version: {version}")
        (tmp_path / "policy.yaml").write_text(text)
        with pytest.raises(error):
            read(tmp_path / "policy.yaml")
