"""A request for text completions, ready to be searched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.answering import Asked
from app.callers import Caller
from app.completion import Completion, fingerprint_of
from app.completions.answer import TextHead, body_of
from app.completions.request import CompletionRequest, PromptRequest
from app.plan import plan
from app.service import Service


@dataclass(frozen=True, slots=True)
class Planned:
    """What is asked for each prompt, and what their answer goes by."""

    asked: Sequence[Asked]
    head: TextHead

    def body(self, found: Sequence[Completion]) -> dict[str, Any]:
        """Return the answer, of what was found for each prompt."""
        return body_of(self.head, found)


def planned(
    body: CompletionRequest, service: Service, caller: Caller, *, counted: bool = True
) -> Planned:
    """Decide how to answer a request; see `Asked` for whether it is counted.

    Raises:
        ModelNotFound, StrategyRefused, BadPattern: see `plan`.
        BudgetAboveKey: it asks for more than the caller may.
    """
    head = TextHead(body.model)
    requests = body.asked()

    def asked(place: int, request: PromptRequest) -> Asked:
        how = plan(request, service)
        echo = request.prompt if body.echo and isinstance(request.prompt, str) else ""
        name = head.id if len(requests) == 1 else f"{head.id}-{place}"
        own = TextHead(body.model, name, head.created, fingerprint_of(how), echo=echo)
        return Asked(request, own, how, caller, counted=counted)

    all_asked = [asked(place, request) for place, request in enumerate(requests)]
    whole = TextHead(body.model, head.id, head.created, all_asked[0].head.fingerprint)
    return Planned(all_asked, whole)
