"""From a planned request to its answer: the one way to it, whoever asks and however it is sent.

What is done around every search stands here: counting it, and keeping what came of it.
"""

import time
from dataclasses import dataclass

from app.callers import Caller
from app.completion import Completion, Head, kept
from app.metrics import Metrics
from app.plan import Plan
from app.remembering import keep
from app.service import Service
from app.wire import ChatRequest
from search import run_search
from search.events import Event, Sink


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a search: what was asked, under which name, how it is answered, for whom."""

    request: ChatRequest
    head: Head
    plan: Plan
    caller: Caller


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers requests with the models of a service."""

    service: Service
    metrics: Metrics

    async def answer(self, asked: Asked, sink: Sink = lambda _: None) -> Completion:
        """Search for an answer; `sink` hears what happens meanwhile, and must not block.

        Raises:
            EngineError, ScorerError, SearchError: the search failed; see `run_search`.
        """
        trace: list[Event] = []

        def hear(event: Event) -> None:
            if kept(event):
                trace.append(event)
            watched.hear(event)
            sink(event)

        plan, began = asked.plan, time.perf_counter()
        tracing = self.service.tracing
        with (
            self.metrics.search(),
            tracing.search(asked.head.id, plan.strategy, plan.limits, plan.models) as watched,
        ):
            outcome = await run_search(
                plan.strategy, plan.task, watched.models, plan.budget, sink=hear
            )
            watched.found(outcome)
        seconds = time.perf_counter() - began
        completion = Completion(asked.head, asked.request, plan, outcome, trace, seconds)
        self.metrics.found(completion)
        await keep(completion, self.service.outcomes)
        return completion
