"""A policy that advises searches: from where one stands to a choice, and to what is told of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isinf
from typing import Literal, TypeAlias

from pydantic import JsonValue
from typing_extensions import override

from search.advice import Advice, Adviser, Standing
from search.difficulty import Estimator
from search.errors import PolicyError
from search.policy.choice import PLAIN, Choice
from search.policy.policy import Policy
from search.policy.table import Interval, Option, plain_of
from search.strategies.base import Strategy

Action: TypeAlias = Literal["search", "stop", "continue", "switch"]
"""What is done next: the whole of a strategy; nothing; one more round of samples; a step search."""


@dataclass(frozen=True, slots=True)
class PolicyAdviser(Adviser):
    """What one policy says, of strategies that are able to run.

    `step_end` ends a step of the model's, where a strategy of the table does not say what does.
    `own` are the pauses that the request asks for itself: then it has those, and is advised by what
    was measured with as many, or if nothing was, with the fewest. Without `pausing` it can have
    none.
    """

    policy: Policy
    able: Callable[[Strategy], bool] = lambda _: True
    step_end: str | None = None
    own: int | None = None
    pausing: bool = True

    @property
    @override
    def estimator(self) -> Estimator:
        return self.policy.estimator

    @property
    @override
    def samples(self) -> int:
        return self.policy.fitted_on.samples

    @property
    @override
    def re_decides(self) -> bool:
        return bool(self.policy.confidence)

    @property
    @override
    def strategies(self) -> tuple[Strategy, ...]:
        options = (option.strategy for row in self.policy.bins.values() for option in row.options)
        return tuple(strategy for strategy in options if self.able(strategy))

    @property
    @override
    def pauses(self) -> int | None:
        if not self.policy.pauses or self.own is not None:
            return None
        return self.policy.pauses[0] if self.pausing else 0

    @property
    @override
    def scorer(self) -> str | None:
        return self.policy.scorer

    @override
    def among(
        self, able: Callable[[Strategy], bool], own: int | None, *, pausing: bool
    ) -> "PolicyAdviser":
        return replace(self, able=able, own=own, pausing=pausing)

    @override
    def ease_of(self, text: str) -> float:
        if self.policy.regressor is None:
            raise PolicyError(f"the estimator {self.estimator} needs samples")
        return self.policy.regressor.ease(text)

    @override
    def advise(self, standing: Standing) -> Advice:
        ease, left = standing.ease, standing.left
        if ease is None:
            reason = "the answer at hand: how easy the question is could not be measured"
            return Advice(None, self._told("stop", standing, None, None) | {"reason": reason})
        number = self.policy.bin_of(ease)
        if standing.held is not None:
            return self._anew(number, standing, standing.held)
        choice = self._once(number, left, standing.lent)
        if not self._begins_anew(choice):
            choice = _widened(choice, standing.drawn)
        ended = choice.strategy == PLAIN and standing.lent > 0 and not self._begins_anew(choice)
        told = self._told("stop" if ended else "search", standing, number, choice)
        return Advice(None if ended else choice.strategy, told, self._set(choice))

    def by_bin(self, left: float) -> list[Advice]:
        """Return what it says in each bin, as long as nothing is known of the question."""
        standing = Standing(None, left)
        choices = {number: self._once(number, left, 0.0) for number in sorted(self.policy.bins)}
        return [
            Advice(
                choice.strategy, self._told("search", standing, number, choice), self._set(choice)
            )
            for number, choice in choices.items()
        ]

    def measured(self, strategy: Strategy) -> list[dict[str, JsonValue]]:
        """Return what each bin's row says of a strategy, where it was measured."""
        return [
            {"bin": number, **_option(option)}
            for number, row in sorted(self.policy.bins.items())
            for option in row.options
            if self._stepped(option.strategy) == strategy
        ]

    def _once(self, number: int, left: float, lent: float) -> Choice:
        """Choose what whole budgets pay; a step search has no use for what was drawn before."""
        choice = self.policy.choose(number, left + lent or 1, self._runs)
        if self._begins_anew(choice) and left and choice.tokens > left:
            choice = self.policy.choose(number, left, self._runs)
        return replace(choice, strategy=self._stepped(choice.strategy))

    def _runs(self, option: Option) -> bool:
        """Whether what was measured can run as it was, or as near as the request lets it."""
        if not self.able(option.strategy):
            return False
        if not self.policy.pauses:
            return True
        if self.own is not None:
            near = self.own if self.own in self.policy.pauses else self.policy.pauses[0]
            return option.pauses == near
        return self.pausing or not option.pauses

    def _begins_anew(self, choice: Choice) -> bool:
        """Whether what was drawn before is of no use: to a step search, or behind other pauses."""
        other = self.pauses is not None and choice.pauses != self.pauses
        return choice.strategy.judges == "steps" or other

    def _set(self, choice: Choice) -> int | None:
        """Return the pauses that the policy sets; `None` where it has no say in them."""
        return None if self.pauses is None else choice.pauses

    def _anew(self, number: int, standing: Standing, held: float) -> Advice:
        sure = self.policy.sure(held)

        def untried(option: Option) -> bool:
            # A step search that has not convinced is not likely to when it is run again.
            return self._runs(option) and self._stepped(option.strategy) not in standing.tried

        choice = self.policy.next(number, sure, standing, untried)
        if choice is None:
            told = self._told("stop", standing, number, None)
            if standing.drawn <= self.samples:
                # Nothing was done but to look.
                told["strategy"] = plain_of(PLAIN)
            why = f"the answer at hand is right with {100 * sure:.0f} %, and nothing gains on that"
            return Advice(None, told | {"sure": sure, "reason": why})
        choice = replace(choice, strategy=self._stepped(choice.strategy))
        action: Action = "switch" if choice.strategy.judges == "steps" else "continue"
        told = self._told(action, standing, number, choice)
        return Advice(choice.strategy, told | {"sure": sure})

    def _stepped(self, strategy: Strategy) -> Strategy:
        return strategy if self.step_end is None else strategy.with_step_end(self.step_end)

    def _told(
        self, action: Action, standing: Standing, number: int | None, choice: Choice | None
    ) -> dict[str, JsonValue]:
        """Return all that is to be said, as JSON: it goes into traces, responses and plans."""
        ease, left = standing.ease, standing.left
        told: dict[str, JsonValue] = {
            "action": action,
            "estimator": self.estimator,
            "samples": self.samples,
            "ease": ease,
            "difficulty": None if ease is None else 1 - ease,
            "bin": number,
            "bins": len(self.policy.bins),
            "left": None if isinf(left) else left,
            "strategy": None,
            "policy": self.policy.name,
        }
        if self.policy.pauses:
            told["pauses"] = self.pauses if self.own is None else self.own
        if choice is None:
            return told
        paused = {} if self.pauses is None else {"pauses": choice.pauses}
        return told | _chosen(choice) | paused


def _widened(choice: Choice, drawn: int) -> Choice:
    """Return a choice that uses all solutions there are: it costs nothing, and none is left out."""
    strategy = choice.strategy
    n = getattr(strategy, "n", None)
    if choice.strategy == PLAIN or strategy.judges == "steps" or n is None or n >= drawn:
        return choice
    return replace(choice, strategy=strategy.model_copy(update={"n": drawn}))


def _chosen(choice: Choice) -> dict[str, JsonValue]:
    return {
        "strategy": plain_of(choice.strategy),
        "accuracy": _interval(choice.accuracy),
        "tokens": choice.tokens,
        "runners_up": [_option(option) for option in choice.runners_up],
        "reason": choice.reason,
    }


def _option(option: Option) -> dict[str, JsonValue]:
    paused: dict[str, JsonValue] = {"pauses": option.pauses} if option.pauses else {}
    return {
        "strategy": plain_of(option.strategy),
        "accuracy": _interval(option.accuracy),
        "tokens": option.tokens,
        **paused,
    }


def _interval(interval: Interval) -> dict[str, JsonValue]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
