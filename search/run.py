"""Run a strategy under a budget and say how it ended: the one door into this package."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isinf
from typing import Literal, TypeAlias

from pydantic import JsonValue

from engines.base import Prompt
from engines.errors import ContextOverflow
from engines.usage import Usage
from scorers.base import Candidate
from scorers.form import Form, keeps
from search.budget import Budget, Ledger
from search.children import reopened
from search.compatible import advised, check, parts_of, suited
from search.errors import BudgetExhausted, NothingToVote
from search.events import Sink
from search.judging import key
from search.models import Models, Task
from search.recorder import Recorder
from search.search import Search
from search.select import rank
from search.strategies.base import Strategy

Stop: TypeAlias = Literal["finished", "budget", "deadline"]

_LONGEST_WRAP_UP = 2.0
"""Seconds kept for judging and choosing among what was drawn: a tenth of the time, at most this."""

UNPAUSED = (
    "the model was taught to pause before it answers, and was given no pauses: such models do far "
    "worse without; see `search.pause_tokens`"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer, why the search stopped, and what its calls cost.

    Attributes:
        answer: the solution chosen; without steps if the budget allowed none.
        ranked: all solutions the search ended with, the answer first, then by score.
        stop: whether the strategy came to its end, or what ended it.
        exhausted: what there was too little of, if that ended the search: a currency, or context.
        generator: cost of what was drawn.
        verifier: cost of judging it.
        degradations: what was not done as asked for, and why.
        advice: what the policy said, and why, each time it was asked.
        pauses: behind the prompt of what was drawn last.
    """

    answer: Candidate
    ranked: tuple[Candidate, ...]
    stop: Stop
    exhausted: str | None
    generator: Usage
    verifier: Usage
    degradations: tuple[str, ...] = ()
    advice: tuple[Mapping[str, JsonValue], ...] = ()
    pauses: int = 0

    @property
    def usage(self) -> Usage:
        """The whole bill."""
        return self.generator + self.verifier


async def run_search(
    strategy: Strategy,
    task: Task,
    models: Models,
    budget: Budget,
    *,
    sink: Sink = lambda _: None,
) -> Outcome:
    """Search for an answer; return the best so far when the budget cuts the search short.

    Args:
        strategy: the algorithm and its hyper-parameters.
        task: what to answer, and how samples are drawn.
        models: who draws and who judges.
        budget: tokens, seconds, FLOPs and calls allowed.
        sink: called with each event, on this task; must not block.

    Raises:
        StrategyRefused: the strategy cannot run on these models or for this task.
        EngineError: the engine failed; a search does not paper over that.
        ScorerError: a scorer failed, and the task does not take that.
    """
    models = advised(strategy, task, suited(strategy, models), budget)
    check(strategy, task, models, budget)
    task = _with_log_probabilities(strategy, task, models)
    ledger, record = Ledger(budget), Recorder(sink)
    now, seconds = asyncio.get_running_loop().time(), budget.seconds
    deadline = None if isinf(seconds) else now + seconds
    wrap_up = min(_LONGEST_WRAP_UP, seconds / 10)
    search = Search(models, task, ledger, record, None if deadline is None else deadline - wrap_up)
    search.continued = any(part.continues for part in strategy.whole())
    if search.continued:
        ledger.reserve(ledger.share_for_one(task.sampling.max_tokens))
    answer, exhausted = await _run(strategy, search, deadline)
    answer = answer or await _completed(search, ledger, deadline)
    # Where a policy sets them, that none are best was measured.
    chosen = models.adviser is not None and models.adviser.pauses is not None
    if task.pausing and not (search.pauses or chosen):
        search.degrade(UNPAUSED)
    exhausted = exhausted or search.exhausted
    ranked = _ranked(search, answer) or (Candidate(Prompt(task.conversation)),)
    if (form := task.form) is not None:
        ranked = _kept_first(search, ranked, form)
    if ranked[0].steps and ranked[0].unanswered:
        search.degrade("there is no answer: the thinking did not come to its end")
    stop: Stop = "budget" if exhausted else "finished"
    return Outcome(
        ranked[0],
        ranked,
        "deadline" if exhausted == "seconds" else stop,
        exhausted,
        ledger.spent["generator"],
        ledger.spent["verifier"],
        tuple(record.degradations),
        tuple(advice.told for advice in search.advice),
        search.pauses,
    )


async def _run(
    strategy: Strategy, search: Search, deadline: float | None
) -> tuple[Candidate | None, str | None]:
    """Return the strategy's answer, or what it ran out of."""
    clock = asyncio.timeout_at(deadline)
    try:
        async with clock:
            [root] = await search.prompts([()])
            return await _answer(strategy, search, root)
    except BudgetExhausted as error:
        return search.proposed, error.currency
    except TimeoutError:
        if not clock.expired():
            raise
        return search.proposed, "seconds"


async def _answer(
    strategy: Strategy, search: Search, root: Candidate
) -> tuple[Candidate | None, str | None]:
    """Return the strategy's answer; none where what it drew was cut, or outgrew the model."""
    try:
        return await strategy.run(search, root), None
    except NothingToVote as error:
        broken = [candidate for candidate in search.pool if not candidate.whole]
        if not broken:
            raise
        search.degrade(f"{error}: samples {_fault(broken)}")
        return None, None
    except ContextOverflow as error:
        if not search.pool:
            raise
        search.degrade(f"the search ended early: {error}")
        return search.proposed, "context"


def _fault(broken: Sequence[Candidate]) -> str:
    """Return what is wrong with candidates that are not whole."""
    endings = {candidate.finish for candidate in broken}
    if "length" in endings:
        return "were cut before they came to one"
    return "keep no form" if "malformed" in endings else "ended before their thinking did"


async def _completed(search: Search, ledger: Ledger, deadline: float | None) -> Candidate | None:
    """Write the best partial solution to its end, if there is no whole one and budget for that."""
    pool = [candidate for candidate in search.pool if candidate.finish != "malformed"]
    best = max(pool, key=rank, default=None)
    if not search.continued or best is None or best.whole:
        return None
    ledger.reserve(0.0)
    try:
        async with asyncio.timeout_at(deadline):
            [whole] = await search.extend([reopened(best)], 1)
    except (BudgetExhausted, TimeoutError):
        return None
    return whole


def _ranked(search: Search, answer: Candidate | None) -> tuple[Candidate, ...]:
    """Return the answer, or the best so far, and after it the others, as arranged or by score."""
    pool = sorted(search.pool, key=rank, reverse=True)
    places = {key(c): i for i, c in enumerate(search.arranged)}
    pool.sort(key=lambda c: places.get(key(c), len(places)))
    if answer is None:
        return tuple(pool)
    others = [c for c in pool if c.finished]
    place = next((i for i, c in enumerate(others) if key(c) == key(answer)), len(others))
    return (answer, *others[:place], *others[place + 1 :])


def _kept_first(search: Search, ranked: tuple[Candidate, ...], form: Form) -> tuple[Candidate, ...]:
    """Return the solutions with those that keep their form before the others; say if none does."""
    kept = tuple(c for c in ranked if keeps(form, c))
    if not kept:
        search.degrade(form.missing)
    return kept + tuple(c for c in ranked if c not in kept)


def _with_log_probabilities(strategy: Strategy, task: Task, models: Models) -> Task:
    """Ask for the log-probabilities strategy and scorers read, as far as the engine gives them."""
    read = max(part.alternatives for part in parts_of(strategy, models))
    probed = int(models.adviser is not None and models.adviser.estimator == "first_token")
    wanted = [read, probed, *(scorer.alternatives for scorer in models.scorers)]
    given = min(max(wanted), models.engine.capabilities.alternatives)
    return replace(task, sampling=replace(task.sampling, alternatives=given))
