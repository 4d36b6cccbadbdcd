"""A plan held to what its caller's key allows, and what it asks of the servers at one time."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from app.keys.errors import BudgetAboveKey, Number
from app.plan import Plan
from app.presets import BudgetOptions
from app.wire import ChatRequest
from search.compatible import parts_of


def bounded(plan: Plan, request: ChatRequest, allowed: BudgetOptions) -> Plan:
    """Return a plan whose budget is within what is allowed.

    Raises:
        BudgetAboveKey: the request itself asks for more.
    """
    most: dict[str, Number] = allowed.model_dump(exclude_none=True)
    if not most:
        return plan
    for name, field, asked in _asked(request):
        if asked > most.get(name, inf):
            raise BudgetAboveKey(field, asked, most[name])
    planned = plan.limits.model_dump(exclude_none=True)
    lowered = {name: min(limit, planned.get(name, limit)) for name, limit in most.items()}
    limits = plan.limits.model_copy(update=lowered)
    return replace(plan, limits=limits, budget=limits.budget())


def fan_out(plan: Plan) -> int:
    """Return how many samples a search draws at once, at most, whatever a policy may choose."""
    return max(part.at_once for part in parts_of(plan.strategy, plan.models))


def _asked(request: ChatRequest) -> Iterator[tuple[str, str, Number]]:
    """Give each limit that a request has itself: its currency, field and amount."""
    own = request.search.budget.model_dump(exclude_none=True)
    for name, amount in own.items():
        yield name, f"search.budget.{name}", amount
    if "tokens" not in own and request.reasoning.max_tokens is not None:
        yield "tokens", "reasoning.max_tokens", request.reasoning.max_tokens
