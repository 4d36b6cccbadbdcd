"""Ways to search that have names: what an effort, or a model's alias, stands for."""

from math import inf
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from search import Budget
from search.registry import AnyStrategy
from search.strategies import BestOfN, OneSample

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class BudgetOptions(BaseModel):
    """The most one search may spend; what is absent is not limited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int | None = Field(
        default=None, ge=1, description="completion tokens, of generator and verifiers"
    )
    seconds: float | None = Field(default=None, gt=0, description="wall-clock time")
    flops: float | None = Field(
        default=None, gt=0, description="2 per weight and token, of generator and verifiers"
    )
    calls: int | None = Field(default=None, ge=1, description="requests to model servers")
    cost: float | None = Field(
        default=None, gt=0, description="money, by the prices in the configuration"
    )

    def budget(self) -> Budget:
        """Return the limits in the search's words."""
        limits = {name: limit or inf for name, limit in self.model_dump().items()}
        return Budget(**limits)


class Preset(BaseModel):
    """A way to search under a name: what an effort, or a model's alias, stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: AnyStrategy
    budget: BudgetOptions = BudgetOptions()


EFFORTS: dict[Effort, Preset] = {
    "none": Preset(strategy=OneSample()),
    "minimal": Preset(strategy=BestOfN(n=2), budget=BudgetOptions(tokens=2_000)),
    "low": Preset(strategy=BestOfN(n=4), budget=BudgetOptions(tokens=4_000)),
    "medium": Preset(strategy=BestOfN(n=8), budget=BudgetOptions(tokens=8_000)),
    "high": Preset(strategy=BestOfN(n=16), budget=BudgetOptions(tokens=16_000)),
    "xhigh": Preset(strategy=BestOfN(n=32), budget=BudgetOptions(tokens=32_000)),
    "max": Preset(strategy=BestOfN(n=64), budget=BudgetOptions(tokens=64_000)),
}
"""What each `reasoning_effort` stands for until that is set."""
