"""Searches told in a few words, and what is exported of them."""

from collections.abc import Sequence

from engines.base import Prompt, Step
from engines.conversation import Conversation, Message
from scorers.base import Abstention, Candidate, Ending, Judgement, Opinion, Verdict
from search.events import Event, Judged
from tests.search.world import LastWord
from training.export.dpo import DpoExporter
from training.export.prm import PrmExporter
from training.export.rows import Exporter, Rows
from training.export.sft import SftExporter
from training.traces import Returned, StoredSearch

QUESTION = Conversation((Message("system", "Be brief."), Message("user", "2 + 2?")))
UNSURE = Abstention("no idea")


def solution(
    *steps: str, finish: Ending | None = "eos", asked: Conversation = QUESTION
) -> Candidate:
    return Candidate(Prompt(asked), tuple(Step(text, 1) for text in steps), finish)


def verdict(*rewards: float) -> Verdict:
    return Verdict(rewards[-1], rewards)


def judged(
    *opinions: tuple[Candidate, Opinion], scorer: str = "prm", relative: bool = False
) -> Judged:
    """Tell of one judgement."""
    candidates = tuple(candidate for candidate, _ in opinions)
    told = Judgement(tuple(opinion for _, opinion in opinions))
    return Judged("2", scorer, candidates, told, relative)


def stored(*events: Event, returned: Returned | None = None) -> StoredSearch:
    return StoredSearch(QUESTION, list(events), returned or Returned("4", True, 0.9, False))


async def rows_of(
    exporter: Exporter, *searches: StoredSearch, truth: str | None = None
) -> tuple[list[dict[str, object]], dict[str, int]]:
    """Return the rows of searches, and why there are not more."""
    rows = Rows()
    for search in searches:
        await exporter.export(search, truth, rows)
    return [dict(row.fields) for row in rows.kept.values()], dict(rows.left_out)


async def prm(*searches: StoredSearch, truth: str | None = None):
    return await rows_of(PrmExporter(LastWord()), *searches, truth=truth)


async def dpo(*searches: StoredSearch, truth: str | None = None, **how: object):
    return await rows_of(DpoExporter(LastWord(), **how), *searches, truth=truth)  # type: ignore[arg-type]


async def sft(*searches: StoredSearch, truth: str | None = None, **how: object):
    return await rows_of(SftExporter(LastWord(), **how), *searches, truth=truth)  # type: ignore[arg-type]


def texts(messages: Sequence[dict[str, str]]) -> list[str]:
    return [message["content"] for message in messages]
