"""From an answer to what is kept of it, where that is wanted."""

import asyncio
import time
from dataclasses import dataclass

import structlog

from app.callers import Caller
from app.completion import Completion
from app.store import KeptCompletion, KeptTrace, Store, StoreError
from app.store.completions import labels
from app.store.keeping import keep
from app.store.tables import Table
from app.store.traces_table import TraceWords
from app.traces.config import MEGABYTE, TracesConfig
from app.traces.wanted import Wanted
from app.traces.words import Words, body_of, packed_json, words_of
from scorers.base import Scored

_log = structlog.get_logger("fathom")
_PREVIEW = 200
"""Characters of a question that a list shows."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is written: rows, and the parts that refer to them."""

    rows: list[Table]
    parts: list[Table]


async def keep_answer(
    completion: Completion, caller: Caller, what: Wanted, config: TracesConfig, store: Store | None
) -> None:
    """Keep what is wanted. A store that fails is logged, and costs no answer."""
    if store is None or not (what.trace or what.completion):
        return
    # A large search takes a while to be written as JSON: the others go on meanwhile.
    rows = await asyncio.to_thread(rows_of, completion, caller.id, what, config)
    try:
        await keep(store, rows.rows, rows.parts)
    except StoreError as error:
        _log.warning("not kept", trace=completion.head.id, reason=str(error))


def rows_of(completion: Completion, owner: str, what: Wanted, config: TracesConfig) -> Rows:
    """Return what is written of an answer."""
    rows, parts, now = list[Table](), list[Table](), time.time()
    if what.trace:
        words = words_of(completion)
        whole = words.size <= config.trace_megabytes * MEGABYTE
        rows.append(_trace(completion, owner, now, words, whole=whole))
        if whole:
            name = completion.head.id
            parts.append(TraceWords(trace=name, recorded=words.recorded, told=words.told))
    if what.completion:
        rows.append(_completion(completion, owner, now))
        parts += labels(completion.head.id, completion.request.metadata)
    return Rows(rows, parts)


def _trace(
    completion: Completion, owner: str, now: float, words: Words, *, whole: bool
) -> KeptTrace:
    outcome, usage = completion.outcome, completion.usage()
    answer = outcome.answer
    question = completion.plan.task.conversation.messages[-1].content
    return KeptTrace(
        id=completion.head.id,
        owner=owner,
        created=now,
        model=completion.head.model,
        strategy=completion.plan.strategy.kind,
        score=answer.score if isinstance(answer, Scored) else None,
        stop=outcome.stop,
        generated=outcome.generator.completion_tokens,
        discarded=usage["completion_tokens_details"]["reasoning_tokens"],
        verifier=outcome.verifier.completion_tokens,
        seconds=completion.seconds,
        flops=float(outcome.usage.flops),
        # Postgres takes no NUL in a text.
        question=question.replace("\0", "")[:_PREVIEW],
        size=words.size if whole else 0,
        whole=whole,
    )


def _completion(completion: Completion, owner: str, now: float) -> KeptCompletion:
    asked = completion.request.model_dump(mode="json", include={"messages"}, exclude_unset=True)
    words = packed_json(asked | {"completion": body_of(completion)})
    return KeptCompletion(
        id=completion.head.id,
        owner=owner,
        created=now,
        model=completion.head.model,
        size=len(words),
        words=words,
    )
