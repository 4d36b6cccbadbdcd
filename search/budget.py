"""What a search may spend, and what it has spent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf, isinf
from typing import Literal, TypeAlias

from engines.base import Capabilities
from engines.usage import Usage
from search.errors import BudgetExhausted

Account: TypeAlias = Literal["generator", "verifier"]

_FEWEST_USEFUL_TOKENS = 16
"""Rather than draw n samples shorter than this, fewer are drawn."""

_RESERVED_SHARE = 0.25
"""Of a step search's tokens, at most this share is kept for writing one solution to its end."""


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
class Ask:
    """What a request can cost, before it is known how much it may draw.

    `reads` are the most tokens of prompts it reads; `able` says what a token of its engine costs;
    `again` are the most that each of its samples reads once more, for itself.
    """

    reads: int
    able: Capabilities
    again: int = 0


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

    def share_for_one(self, max_tokens: int) -> float:
        """Return what a step search keeps back of what is left, to write one solution to its end.

        Nothing where there is no limit.
        """
        left = self.left.tokens
        return 0.0 if isinf(left) else max(0.0, min(max_tokens, left * _RESERVED_SHARE))

    def affordable(self, able: Capabilities) -> float:
        """Return the tokens one engine could still draw, by whichever limit is the tightest."""
        return max(0.0, min(share.tokens for share in self._shares([Ask(0, able)])))

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

    def allow(self, asks: Sequence[Ask], n: int, max_tokens: int) -> Allowance:
        """Set aside for (K,) requests together: n samples each, or fewer, or shorter ones.

        Args:
            asks: what is known of the requests, (K,).
            n: samples wanted of each request.
            max_tokens: the cap wanted on each sample.

        Raises:
            BudgetExhausted: not one token for each request is left.
        """
        if self.left.calls < len(asks):
            raise BudgetExhausted("calls")
        shares = self._shares(asks)
        fewest = min(max_tokens, _FEWEST_USEFUL_TOKENS)
        drawn = max(1, min(share.samples(n, fewest) for share in shares))
        tightest = min(shares, key=lambda share: share.length(drawn))
        cap = int(min(max_tokens, tightest.length(drawn)))
        if cap < 1:
            raise BudgetExhausted(tightest.currency)
        holds = tuple(
            held(ask.able.bill(ask.reads + ask.again * drawn, 0, cap * drawn)) for ask in asks
        )
        for hold in holds:
            self._held += hold
        short = tightest.currency if (drawn, cap) != (n, max_tokens) else None
        return Allowance(drawn, cap, holds, short)

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

    def _shares(self, asks: Sequence[Ask]) -> list["_Share"]:
        """Return what each request may draw, all samples together, by each currency's limit."""
        left = self.left
        token = held(sum((ask.able.bill(0, 0, 1) for ask in asks), start=Usage()))
        reads = held(sum((ask.able.bill(ask.reads, 0, 0) for ask in asks), start=Usage()))
        again = held(sum((ask.able.bill(ask.again, 0, 0) for ask in asks), start=Usage()))
        limits = {
            "flops": (left.flops, token.flops, reads.flops, again.flops),
            "cost": (left.cost, token.cost, reads.cost, again.cost),
        }
        shares = [_Share("tokens", left.tokens / len(asks), 0.0)]
        for currency, (there, each, read, more) in limits.items():
            if each and not isinf(there):
                shares.append(_Share(currency, (there - read) / each, more / each))
        return shares


@dataclass(frozen=True, slots=True)
class _Share:
    """What one request may draw by the limit of one currency.

    `tokens` of all its samples; `again` is what each reads again, in tokens drawn.
    """

    currency: str
    tokens: float
    again: float

    def samples(self, n: int, length: int) -> int:
        """Return how many of n samples of this length there can be."""
        return int(min(n, self.tokens / (length + self.again)))

    def length(self, n: int) -> float:
        """Return how many tokens each of n samples can have."""
        return self.tokens / n - self.again
