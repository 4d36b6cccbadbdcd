"""A policy: for each difficulty bin and budget the strategy that earns most, as measured.

Source: Snell et al. 2024, arXiv:2408.03314, section 3.2: the table of the arg max over strategies
by difficulty bin and budget. `evaluation.policy_fit` fits it.
Differs from the paper: a strategy that costs more is only chosen where it gains more than noise.
"""

from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - a field is called `date`
from itertools import pairwise
from math import isnan
from typing import Final, Literal, Self

from pydantic import Field, FiniteFloat, field_validator, model_validator

from search.difficulty import Estimator, bin_of
from search.errors import BinUnknown, PolicyError
from search.policy.choice import Choice, choose
from search.policy.regressor import Regressor
from search.policy.table import Part, Row

VERSION: Final = 1
"""Of the file's form."""


class FittedOn(Part):
    """What a policy was fitted on, for people to read and to do again."""

    data: str = Field(description="hash of the outcomes")
    questions: int = Field(ge=1)
    samples: int = Field(ge=0, description="samples of each question that ease was found by")
    seed: int
    command: str
    date: Date


class Policy(Part):
    """The table of one model.

    Attributes:
        version: of the file's form.
        model: whose answers were measured.
        estimator: what ease is; see `search.difficulty`.
        edges: between its bins, rising, one fewer than there are bins.
        regressor: reads ease from a question, if the estimator is `prompt`; no samples are drawn.
        fitted_on: where the table comes from.
        bins: by the number of the bin, 1 the easiest.
    """

    version: Literal[1] = VERSION
    model: str
    estimator: Estimator
    edges: tuple[FiniteFloat, ...]
    regressor: Regressor | None = Field(default=None, exclude_if=lambda found: found is None)
    fitted_on: FittedOn
    bins: Mapping[int, Row]

    @field_validator("edges")
    @classmethod
    def _rising(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if any(after < before for before, after in pairwise(edges)):
            raise ValueError(f"the edges do not rise: {', '.join(map(str, edges))}")
        return edges

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wanted = range(1, len(self.edges) + 2)
        lacking = [number for number in wanted if number not in self.bins]
        beyond = [number for number in self.bins if number not in wanted]
        if lacking:
            raise ValueError(f"bin {lacking[0]} of {len(wanted)} is lacking")
        if beyond:
            raise ValueError(f"there is a bin {beyond[0]}, but the edges make {len(wanted)}")
        return self

    @model_validator(mode="after")
    def _found_out(self) -> Self:
        read = self.estimator == "prompt"
        if read and self.regressor is None:
            raise ValueError("the estimator prompt takes a regressor, which is lacking")
        if not read and self.regressor is not None:
            raise ValueError(f"the estimator {self.estimator} takes no regressor, but there is one")
        if not read and self.fitted_on.samples < 1:
            raise ValueError(f"the estimator {self.estimator} takes samples: fitted_on.samples")
        return self

    def bin_of(self, ease: float) -> int:
        """Return the bin of a question.

        Raises:
            NotMeasurable: the ease is not a number.
        """
        return bin_of(ease, self.edges)

    def choose(self, number: int, budget_tokens: float) -> Choice:
        """Choose a strategy for a question of this bin.

        Raises:
            BinUnknown: there is no such bin.
            PolicyError: the budget is not above 0.
        """
        if number not in self.bins:
            raise BinUnknown(f"there is no bin {number} among {len(self.bins)}")
        if isnan(budget_tokens) or budget_tokens <= 0:
            raise PolicyError(f"nothing can be chosen for a budget of {budget_tokens} tokens")
        return choose(self.bins[number], budget_tokens, f"bin {number} of {len(self.bins)}")
