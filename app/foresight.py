"""What a search would do, at what cost, and why: found out without doing it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import JsonValue

from app.completion import difficulty_of, sampling_of
from app.plan import Plan
from engines.usage import Usage
from search import Outcome, run_search
from search.advice import Adviser
from search.compatible import advised, check, suited
from search.policy import PolicyAdviser
from search.strategies.auto import Auto, Probe

_FREE = Usage()


@dataclass(frozen=True, slots=True)
class Foresight:
    """A plan, and what is known of it.

    Attributes:
        plan: what was asked for.
        advice: what the policy says of this question, if its difficulty is known.
        by_bin: what it says of each bin, or what of each is known of a strategy that was named.
        spent: on finding that out.
    """

    plan: Plan
    advice: Mapping[str, JsonValue] | None = None
    by_bin: tuple[Mapping[str, JsonValue], ...] = ()
    generator: Usage = _FREE
    verifier: Usage = _FREE

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        plan, advice = self.plan, self.advice
        chosen = plan.strategy.model_dump(mode="json") if plan.strategy.advised == "never" else None
        return {
            "requested": plan.strategy.model_dump(mode="json"),
            "strategy": advice["strategy"] if advice else chosen,
            "reason": advice["reason"] if advice else self._reason(),
            "cost": type(plan.strategy).cost,
            "difficulty": difficulty_of(advice) if advice else None,
            "accuracy": advice.get("accuracy") if advice else None,
            "tokens": advice.get("tokens") if advice else None,
            "runners_up": advice.get("runners_up", []) if advice else [],
            "by_bin": list(self.by_bin),
            "budget": plan.limits.model_dump(exclude_none=True),
            "sampling": sampling_of(plan.task.sampling),
            "spent": {"generator": asdict(self.generator), "verifier": asdict(self.verifier)},
        }

    def _reason(self) -> str:
        if self.plan.strategy.advised == "never":
            return f"{self.plan.source}; a policy has no say in it"
        return (
            f"{self.plan.source} leaves it to the policy, which goes by the difficulty: that is "
            "not known before samples are drawn; ask with `probe=true`, or see `by_bin`"
        )


async def foreseen(plan: Plan, *, probe: bool = False) -> Foresight:
    """Find out what a search would do; with a `probe`, the difficulty is measured and paid for.

    Raises:
        StrategyRefused: the search would be refused, too.
        EngineError: the probe failed.
    """
    strategy, task, budget = plan.strategy, plan.task, plan.budget
    models = advised(strategy, task, suited(strategy, plan.models), budget)
    check(strategy, task, models, budget)
    if strategy.advised == "never":
        return Foresight(plan, by_bin=_measured(plan))
    adviser = models.adviser
    assert adviser
    if probe or not adviser.samples:
        auto = strategy if isinstance(strategy, Auto) else Auto()
        outcome = await run_search(Probe(auto=auto), task, plan.models, budget)
        return _probed(plan, outcome)
    return Foresight(plan, by_bin=_by_bin(adviser, budget.tokens))


def _probed(plan: Plan, outcome: Outcome) -> Foresight:
    """Return what was found out; nothing if the budget ended the probe itself."""
    advice = outcome.advice[0] if outcome.advice else None
    return Foresight(plan, advice, generator=outcome.generator, verifier=outcome.verifier)


def _by_bin(adviser: Adviser, tokens: float) -> tuple[Mapping[str, JsonValue], ...]:
    assert isinstance(adviser, PolicyAdviser)
    return tuple(advice.told for advice in adviser.by_bin(tokens))


def _measured(plan: Plan) -> tuple[Mapping[str, JsonValue], ...]:
    """Return what the policy's table says of a strategy that was named."""
    adviser = plan.models.adviser
    if not isinstance(adviser, PolicyAdviser):
        return ()
    return tuple(adviser.measured(plan.strategy))
