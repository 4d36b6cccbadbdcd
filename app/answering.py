"""From a planned request to its answer: the one way to it, whoever asks and however it is sent.

What is done around every search stands here: counting it, and keeping what came of it.
"""

import time
from dataclasses import dataclass

from app.callers import Caller
from app.completion import Completion, Head, kept
from app.keys.bounds import bounded, fan_out
from app.keys.turns import turn
from app.metrics import Metrics
from app.plan import Plan
from app.remembering import keep
from app.service import Service
from app.traces.keeping import keep_answer
from app.traces.wanted import wanted
from app.wire import ChatRequest
from search import run_search
from search.events import Event, Sink


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a search: what was asked, under which name, how it is answered, for whom.

    The plan is held to what the caller's key allows. `counted` says that the request was counted
    among its caller's when it came in, as all are but lines of batches.

    Raises:
        BudgetAboveKey: the request itself asks for more.
    """

    request: ChatRequest
    head: Head
    plan: Plan
    caller: Caller
    counted: bool = True

    def __post_init__(self) -> None:
        held = bounded(self.plan, self.request, self.caller.limits.budget)
        object.__setattr__(self, "plan", held)


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers requests with the models of a service."""

    service: Service
    metrics: Metrics

    async def answer(self, asked: Asked, sink: Sink = lambda _: None) -> Completion:
        """Search for an answer; `sink` hears what happens meanwhile, and must not block.

        Raises:
            EngineError, ScorerError, SearchError: the search failed; see `run_search`.
            DatabaseOff, KeepingRefused: it asks to be kept, and nothing is.
            Refused, StoreError: it was not begun; see `turn`.
        """
        trace, plan, service = list[Event](), asked.plan, self.service
        what = wanted(asked.request, service.settings.traces, service.store, asked.caller)
        units, counted = fan_out(plan), asked.counted
        async with turn(asked.caller, units, service, self.metrics, counted=counted) as bill:

            def hear(event: Event) -> None:
                if kept(event):
                    trace.append(event)
                bill.hear(event)
                watched.hear(event)
                sink(event)

            began, name = time.perf_counter(), asked.head.id
            with (
                self.metrics.search(),
                service.tracing.search(name, plan.strategy, plan.limits, plan.models) as watched,
            ):
                outcome = await run_search(
                    plan.strategy, plan.task, watched.models, plan.budget, sink=hear
                )
                watched.found(outcome)
            seconds = time.perf_counter() - began
        completion = Completion(asked.head, asked.request, plan, outcome, trace, seconds)
        self.metrics.found(completion)
        await keep(completion, service.outcomes)
        await keep_answer(completion, asked.caller, what, service.settings.traces, service.store)
        return completion
