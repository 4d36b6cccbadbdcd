"""What a search may spend, and what it has spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf
from typing import Literal, TypeAlias

from engines.base import Usage
from search.errors import BudgetExhausted

Account: TypeAlias = Literal["generator", "verifier"]

_FEWEST_USEFUL_TOKENS = 16
"""Rather than draw n samples shorter than this, fewer are drawn."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most a search may spend; what is not given is not limited.

    Attributes:
        tokens: completion tokens, of the generator and of verifiers that write.
        seconds: wall-clock time from start to answer.
        flops: of prompts and completions, of generator and verifiers; 2 per weight and token.
        calls: requests to model servers.
    """

    tokens: float = inf
    seconds: float = inf
    flops: float = inf
    calls: float = inf


@dataclass(frozen=True, slots=True)
class Hold:
    """What is set aside for one call in flight."""

    tokens: float
    calls: float
    flops: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of a round the budget allows: `n` samples a request, of up to `max_tokens` each.

    `short_of` is the currency that made them fewer or shorter than was asked for, if one did.
    `holds` has one entry a request. Each is settled by its own call, so that a round cut short
    is billed for the calls that came back.
    """

    n: int
    max_tokens: int
    holds: tuple[Hold, ...]
    short_of: str | None = None


class Ledger:
    """A search's account: what is spent, and what is held for calls in flight.

    Holding before a call and settling after keeps concurrent calls from overspending together.
    A call that fails never settles: what the server spent on it is unknown, so its hold stays.
    There is no lock because a search lives on one event loop and nothing here awaits.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.spent: dict[Account, Usage] = {"generator": Usage(), "verifier": Usage()}
        self._held = Hold(0, 0, 0.0)

    @property
    def total(self) -> Usage:
        """What generator and verifiers have cost together."""
        return self.spent["generator"] + self.spent["verifier"]

    @property
    def left(self) -> Hold:
        """What is neither spent nor held."""
        total, budget, held = self.total, self.budget, self._held
        return Hold(
            budget.tokens - total.completion_tokens - held.tokens,
            budget.calls - total.calls - held.calls,
            budget.flops - total.flops - held.flops,
        )

    def allow(
        self, prompts: Sequence[int], n: int, max_tokens: int, flops_per_token: float | None
    ) -> Allowance:
        """Set aside for (K,) requests together: n samples each, or fewer, or shorter ones.

        Args:
            prompts: the most tokens each request's prompt can have, (K,).
            n: samples wanted of each request.
            max_tokens: the cap wanted on each sample.
            flops_per_token: of the engine; `None` if unknown, and FLOPs are not limited.

        Raises:
            BudgetExhausted: not one token for each request is left.
        """
        left, requests = self.left, len(prompts)
        if left.calls < requests:
            raise BudgetExhausted("calls")
        cost = flops_per_token or 0.0
        by_flops = inf if isinf(left.flops) else (left.flops - cost * sum(prompts)) / (cost or 1)
        share = min(left.tokens, by_flops) / requests
        fewest = min(max_tokens, _FEWEST_USEFUL_TOKENS)
        drawn = n if isinf(share) else min(n, max(1, int(share // fewest)))
        cap = int(min(max_tokens, share // drawn))
        currency = "tokens" if left.tokens <= by_flops else "flops"
        if cap < 1:
            raise BudgetExhausted(currency)
        holds = tuple(Hold(cap * drawn, 1, cost * (prompt + cap * drawn)) for prompt in prompts)
        for hold in holds:
            self._reserve(hold)
        return Allowance(drawn, cap, holds, currency if (drawn, cap) != (n, max_tokens) else None)

    def hold(self, bound: Usage) -> Hold:
        """Set aside the most a verifier's call can cost.

        Raises:
            BudgetExhausted: there is not that much left.
        """
        left = self.left
        for currency, wanted, there in (
            ("tokens", bound.completion_tokens, left.tokens),
            ("calls", bound.calls, left.calls),
            ("flops", bound.flops, left.flops),
        ):
            if wanted > there:
                raise BudgetExhausted(currency)
        hold = Hold(bound.completion_tokens, bound.calls, bound.flops)
        self._reserve(hold)
        return hold

    def settle(self, hold: Hold, usage: Usage, account: Account) -> None:
        """Give back a hold and charge what the call really cost."""
        self._reserve(Hold(-hold.tokens, -hold.calls, -hold.flops))
        self.spent[account] += usage

    def _reserve(self, hold: Hold) -> None:
        held = self._held
        self._held = Hold(
            held.tokens + hold.tokens, held.calls + hold.calls, held.flops + hold.flops
        )
