"""The job that is a line of a batch: answered as its endpoint does, and counted at its end."""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.answering import Answering
from app.batches.endpoints import ENDPOINTS
from app.batches.progress import Progress
from app.jobs.runner import BEGUN_ANEW, Work
from app.store import Job
from app.store.batches import count
from app.store.tables import Plain


@dataclass(frozen=True, slots=True)
class LineRunner:
    """Answers the lines of batches; `answering` gives what answers now."""

    answering: Callable[[], Answering]
    progress: Progress

    async def run(self, work: Work) -> Plain:
        """Return the response to a line's request, as the output file has it."""
        job, body = work.job, work.job.request["body"]
        assert isinstance(body, dict)
        answering = self.answering()
        service = answering.service
        caller = await service.gate.ring.caller_of(job.owner, service.store)
        answer: Any = await ENDPOINTS[str(job.request["url"])](body, answering, caller)
        if job.restarts:
            answer["search"]["degradations"].append(BEGUN_ANEW)
        return {"status_code": 200, "request_id": f"req_{token_hex(16)}", "body": answer}

    async def ended(self, job: Job, session: AsyncSession) -> None:
        """Count the line among those that have ended, and let the batch go on."""
        numbers = {"waiting": -1, "done": int(job.state == "done")}
        numbers |= {"wrong": int(job.state == "failed"), **_tokens(job.result)}
        batch = await count(session, str(job.request["batch"]), numbers)
        await self.progress.go_on(session, batch)


def _tokens(result: Plain | None) -> dict[str, int]:
    """Return the tokens of a response, whichever of OpenAI's ways it has of telling them."""
    body: Any = (result or {}).get("body") or {}
    usage = body.get("usage") or {}
    read, drawn = ("input", "output") if "input_tokens" in usage else ("prompt", "completion")
    return {
        "input_tokens": usage.get(f"{read}_tokens", 0),
        "cached_tokens": (usage.get(f"{read}_tokens_details") or {}).get("cached_tokens", 0),
        "output_tokens": usage.get(f"{drawn}_tokens", 0),
        "reasoning_tokens": (usage.get(f"{drawn}_tokens_details") or {}).get("reasoning_tokens", 0),
    }
