"""From an answer to what is kept of it, if anything is: never a word that was asked or said."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
import structlog

from app.completion import Completion
from app.store import Remembered, Store, StoreError
from app.store.outcomes import remember
from engines.conversation import Conversation

_log = structlog.get_logger("fathom")
_MEASURED = ("estimator", "ease", "bin")


async def keep(completion: Completion, store: Store | None) -> None:
    """Remember an answer, if there is where. A store that fails is logged, and costs no answer."""
    if store is None:
        return
    try:
        await remember(store, kept_of(completion))
    except StoreError as error:
        _log.warning("not remembered", trace=completion.head.id, reason=str(error))


def kept_of(completion: Completion) -> Remembered:
    """Return what is kept of an answer."""
    plan, report = completion.plan, completion.search()
    return Remembered(
        trace=completion.head.id,
        at=completion.head.created,
        model=plan.models.engine.capabilities.model,
        conversation=digest(plan.task.conversation),
        strategy=plan.strategy.model_dump(mode="json"),
        budget_tokens=plan.limits.tokens,
        tokens=completion.outcome.usage.completion_tokens,
        seconds=completion.seconds,
        score=report["score"],
        **advised(report),
    )


def advised(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a policy's choice; nothing where none chose.

    Nor of one behind pauses: what is kept has no place for them, and would pass for one without.
    """
    difficulty = report.get("difficulty")
    if difficulty is None or report["advice"][-1].get("pauses"):
        return {}
    told, last = {name: difficulty[name] for name in _MEASURED}, report["advice"][-1]
    chosen = {"chosen": report["chosen"], "action": last["action"], "left_tokens": last["left"]}
    return told | chosen


def digest(conversation: Conversation) -> str:
    """Return what only equal conversations share."""
    return sha256(orjson.dumps(conversation, option=orjson.OPT_SORT_KEYS)).hexdigest()
