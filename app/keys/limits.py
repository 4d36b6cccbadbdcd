"""What a key may be used for, and how much. Knows no clock, and not what was used."""

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.presets import BudgetOptions

Scope: TypeAlias = Literal["chat", "traces", "admin"]
KeysWanted: TypeAlias = Annotated[
    Literal["auto", "required", "off"],
    # In YAML `off` is a way to write false.
    BeforeValidator(lambda said: "off" if said is False else said),
]
SCOPES: frozenset[str] = frozenset(get_args(Scope))
COMMON: frozenset[str] = SCOPES - {"admin"}
"""What whoever needs no key may do."""


class Limits(BaseModel):
    """How much the holder of a key may do; what is absent is not limited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_minute: int | None = Field(default=None, ge=1, description="of those that search")
    tokens_per_minute: int | None = Field(
        default=None, ge=1, description="read and not cached, or written, in the last minute"
    )
    concurrent_searches: int | None = Field(
        default=None, ge=1, description="searches under way or waiting"
    )
    budget: BudgetOptions = Field(
        default=BudgetOptions(), description="the most that one search may spend"
    )
    daily_tokens: int | None = Field(default=None, ge=1, description="as above, in a day of UTC")
    daily_cost: float | None = Field(default=None, gt=0, description="money, in a day of UTC")
    weight: float = Field(
        default=1.0, gt=0, le=1000, description="share of the service where others wait, too"
    )

    kept: bool = Field(default=True, description="whether anything of its requests may be kept")

    @property
    def daily(self) -> bool:
        """Whether there is a limit on what is spent in a day."""
        return self.daily_tokens is not None or self.daily_cost is not None


UNLIMITED = Limits()
