"""What was measured of strategies on the questions of one bin. Data only: chooses nothing."""

from itertools import pairwise
from typing import Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    field_serializer,
    field_validator,
    model_validator,
)

from search.registry import AnyStrategy
from search.strategies.base import Strategy


def plain_of(strategy: Strategy) -> dict[str, JsonValue]:
    """Return a strategy as JSON, with all its parameters.

    What ends a step stays the model's affair where the strategy does not say it itself.
    """
    left_out = {"step_end"} - strategy.model_fields_set
    plain: dict[str, JsonValue] = strategy.model_dump(mode="json", exclude=left_out)
    return plain


class Part(BaseModel):
    """A part of a policy: cannot be changed, and has no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(Part):
    """A number, and its 95 % interval over the choice of questions."""

    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value} is not in its interval, {self.low} to {self.high}")
        return self


class Measured(Part):
    """What one search of a question comes to: P(right), and the mean of its tokens."""

    accuracy: Interval
    tokens: FiniteFloat = Field(gt=0)

    @model_validator(mode="after")
    def _a_probability(self) -> Self:
        if not 0 <= self.accuracy.value <= 1:
            raise ValueError(f"an accuracy of {self.accuracy.value} is not in [0, 1]")
        return self


class Option(Measured):
    """A strategy, and what it comes to, with so many pauses behind the prompt of all it draws."""

    strategy: AnyStrategy
    pauses: int = Field(default=0, ge=0, exclude_if=lambda m: m == 0)

    @field_validator("strategy")
    @classmethod
    def _decides_itself(cls, strategy: AnyStrategy) -> AnyStrategy:
        if any(part.advised != "never" for part in strategy.whole()):
            raise ValueError(f"a policy cannot advise {strategy.kind}, which asks a policy")
        return strategy

    @field_serializer("strategy")
    def _plain(self, strategy: Strategy) -> dict[str, JsonValue]:
        """Write all its parameters, so that new defaults do not change what was measured."""
        return plain_of(strategy)


class Entry(Part):
    """The best strategy for a budget of so many tokens, and those that come next, best first.

    `gain` is what it is more accurate by, on the same questions, than what is chosen for the
    next smaller budget, or than one plain sample; its interval may be below 0.
    """

    budget: int = Field(ge=1)
    best: Option
    gain: Interval
    runners_up: tuple[Option, ...] = ()

    @model_validator(mode="after")
    def _affordable(self) -> Self:
        for option in (self.best, *self.runners_up):
            if option.tokens > self.budget:
                raise ValueError(
                    f"{option.strategy.kind} takes {option.tokens:g} tokens, more than the budget "
                    f"of {self.budget}"
                )
        return self


class Row(Part):
    """One bin: what one plain sample comes to, and an entry for each budget, rising."""

    plain: Measured
    entries: tuple[Entry, ...] = Field(min_length=1)

    @property
    def options(self) -> tuple[Option, ...]:
        """All that was measured in it, each once."""
        every = (o for entry in self.entries for o in (entry.best, *entry.runners_up))
        return tuple({(o.strategy.model_dump_json(), o.pauses): o for o in every}.values())

    @model_validator(mode="after")
    def _rising(self) -> Self:
        budgets = [entry.budget for entry in self.entries]
        if any(after <= before for before, after in pairwise(budgets)):
            raise ValueError(f"the budgets do not rise: {', '.join(map(str, budgets))}")
        return self


class Knot(Part):
    """How often the answer at hand was right, where it was held so highly."""

    held: FiniteFloat = Field(ge=0, le=1)
    accuracy: FiniteFloat = Field(ge=0, le=1)
