"""What a search may spend, and what it has spent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf, isinf
from typing import Literal, TypeAlias

from engines.base import Capabilities, Usage
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
        cost: money, by the prices in the configuration.
    """

    tokens: float = inf
    seconds: float = inf
    flops: float = inf
    calls: float = inf
    cost: float = inf


@dataclass(frozen=True, slots=True)
class Hold:
    """What is set aside for one call in flight."""

    tokens: float
    calls: float
    flops: float
    cost: float

    def __add__(self, other: "Hold") -> "Hold":
        return Hold(
            self.tokens + other.tokens,
            self.calls + other.calls,
            self.flops + other.flops,
            self.cost + other.cost,
        )

    def __neg__(self) -> "Hold":
        return Hold(-self.tokens, -self.calls, -self.flops, -self.cost)


NOTHING = Hold(0, 0, 0.0, 0.0)


def held(usage: Usage) -> Hold:
    """Return what of a budget a bill takes, or a bound of one."""
    return Hold(usage.completion_tokens, usage.calls, usage.flops, usage.cost)


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
    A call that fails settles only if the server is known to have done nothing for it. Else what it
    spent, or spends still, is unknown, and the hold stays.
    There is no lock because a search lives on one event loop and nothing here awaits.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.spent: dict[Account, Usage] = {"generator": Usage(), "verifier": Usage()}
        self._held = NOTHING
        self._reserve = 0.0

    @property
    def total(self) -> Usage:
        """What generator and verifiers have cost together."""
        return self.spent["generator"] + self.spent["verifier"]

    @property
    def left(self) -> Hold:
        """What is neither spent, nor held, nor kept in reserve."""
        budget = self.budget
        there = Hold(budget.tokens - self._reserve, budget.calls, budget.flops, budget.cost)
        return there + -held(self.total) + -self._held

    def reserve(self, tokens: float) -> None:
        """Keep tokens back, so that one answer can be written to its end; 0 gives them free."""
        self._reserve = tokens

    def portion(self, requests: int, n: int, tokens: int) -> int:
        """Return how many of `n` samples of each of (K,) requests fit, if each takes `tokens`.

        At least one: a sample that may not fit is tried all the same.
        """
        left = self.left.tokens
        return n if isinf(left) else min(n, max(1, int(left // (requests * tokens))))

    def unlimited(self, bound: Usage) -> bool:
        """Whether there is no limit on anything that a bill like this one takes."""
        limits = asdict(self.budget)
        return all(not taken or isinf(limits[name]) for name, taken in asdict(held(bound)).items())

    def fits(self, tokens: int) -> bool:
        """Whether so many tokens are left."""
        return self.left.tokens >= tokens

    def allow(
        self, prompts: Sequence[tuple[int, Capabilities]], n: int, max_tokens: int
    ) -> Allowance:
        """Set aside for (K,) requests together: n samples each, or fewer, or shorter ones.

        Args:
            prompts: of each request, the most tokens its prompt can have, and what its engine can
                do, which says what a token costs, (K,).
            n: samples wanted of each request.
            max_tokens: the cap wanted on each sample.

        Raises:
            BudgetExhausted: not one token for each request is left.
        """
        left, requests = self.left, len(prompts)
        if left.calls < requests:
            raise BudgetExhausted("calls")
        share, currency = self._share(prompts)
        fewest = min(max_tokens, _FEWEST_USEFUL_TOKENS)
        drawn = n if isinf(share) else min(n, max(1, int(share // fewest)))
        cap = int(min(max_tokens, share // drawn))
        if cap < 1:
            raise BudgetExhausted(currency)
        holds = tuple(held(able.bill(prompt, 0, cap * drawn)) for prompt, able in prompts)
        for hold in holds:
            self._held += hold
        return Allowance(drawn, cap, holds, currency if (drawn, cap) != (n, max_tokens) else None)

    def hold(self, bound: Usage) -> Hold:
        """Set aside the most a verifier's call can cost.

        Raises:
            BudgetExhausted: there is not that much left.
        """
        hold, left = held(bound), asdict(self.left)
        for currency, wanted in asdict(hold).items():
            if wanted > left[currency]:
                raise BudgetExhausted(currency)
        self._held += hold
        return hold

    def settle(self, hold: Hold, usage: Usage, account: Account) -> None:
        """Give back a hold and charge what the call really cost."""
        self._held += -hold
        self.spent[account] += usage

    def _share(self, prompts: Sequence[tuple[int, Capabilities]]) -> tuple[float, str]:
        """Return the tokens each request may draw, all samples together, and what limits them."""
        left = self.left
        token = held(sum((able.bill(0, 0, 1) for _, able in prompts), start=Usage()))
        read = held(sum((able.bill(p, 0, 0) for p, able in prompts), start=Usage()))
        shares = {"tokens": left.tokens / len(prompts)}
        if token.flops and not isinf(left.flops):
            shares["flops"] = (left.flops - read.flops) / token.flops
        if token.cost and not isinf(left.cost):
            shares["cost"] = (left.cost - read.cost) / token.cost
        currency = min(shares, key=lambda name: shares[name])
        return shares[currency], currency
