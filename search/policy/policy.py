"""A policy: for each difficulty bin and budget the strategy that earns most, as measured.

Source: Snell et al. 2024, arXiv:2408.03314, section 3.2: the table of the arg max over strategies
by difficulty bin and budget. `evaluation.policy_fit` fits it.
Differs from the paper: a strategy that costs more is only chosen where it gains more than noise.
"""

from collections.abc import Callable, Mapping
from datetime import date as Date  # noqa: N812 - a field is called `date`
from itertools import pairwise
from math import isnan
from typing import Final, Literal, Self

from pydantic import Field, FiniteFloat, field_validator, model_validator

from search.advice import Standing
from search.difficulty import Estimator, bin_of
from search.errors import BinUnknown, PolicyError
from search.policy.anew import going_on, sure_of
from search.policy.choice import Choice, anything, choose
from search.policy.regressor import Regressor
from search.policy.table import Knot, Option, Part, Row

VERSION: Final = 2
"""Of the file's form: 2 has pauses, and is 1 where there are none."""


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
        confidence: how often the best answer at hand is right, by how highly it is held: its score
            if the estimator is `score`, its share of the votes if it is `agreement`. Rising; on
            straight lines between. Without it nothing can be decided anew as a search goes on.
        scorer: who scored, if the estimator is `score`.
        pauses: the numbers of pauses that were measured, rising; the first are behind the prompt of
            the plain sample, and where difficulty is measured. None where the policy has no say in
            them, as in files of version 1.
    """

    version: Literal[1, 2] = 1
    model: str
    estimator: Estimator
    edges: tuple[FiniteFloat, ...]
    regressor: Regressor | None = Field(default=None, exclude_if=lambda found: found is None)
    fitted_on: FittedOn
    bins: Mapping[int, Row]
    confidence: tuple[Knot, ...] = ()
    scorer: str | None = None
    pauses: tuple[int, ...] = Field(default=(), exclude_if=lambda found: not found)

    @field_validator("edges")
    @classmethod
    def _rising(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if any(after < before for before, after in pairwise(edges)):
            raise ValueError(f"the edges do not rise: {', '.join(map(str, edges))}")
        return edges

    @field_validator("confidence")
    @classmethod
    def _surer(cls, knots: tuple[Knot, ...]) -> tuple[Knot, ...]:
        for one, after in pairwise(knots):
            if after.held <= one.held or after.accuracy < one.accuracy:
                raise ValueError(f"confidence does not rise from {one.held} to {after.held}")
        return knots

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

    @model_validator(mode="after")
    def _paused(self) -> Self:
        if bool(self.pauses) != (self.version == VERSION):
            raise ValueError(f"a policy has pauses if it is of version {VERSION}, and only then")
        if list(self.pauses) != sorted(set(self.pauses)) or min(self.pauses, default=0) < 0:
            raise ValueError(f"the pauses do not rise from 0: {', '.join(map(str, self.pauses))}")
        found = {option.pauses for row in self.bins.values() for option in row.options}
        unknown = sorted(found - set(self.pauses or (0,)))
        if unknown:
            raise ValueError(f"{unknown[0]} pauses are not among those that were measured")
        if len(self.pauses) > 1 and self.confidence:
            raise ValueError("how sure an answer is, is not known of several numbers of pauses")
        return self

    def bin_of(self, ease: float) -> int:
        """Return the bin of a question.

        Raises:
            NotMeasurable: the ease is not a number.
        """
        return bin_of(ease, self.edges)

    @property
    def name(self) -> str:
        """What it is called where it is spoken of: its model, and what it was fitted on."""
        return f"{self.model} {self.fitted_on.data} {self.fitted_on.date}"

    def sure(self, held: float) -> float:
        """Return P(right) of an answer at hand that is held so highly.

        Raises:
            PolicyError: the policy does not say.
        """
        if not self.confidence:
            raise PolicyError("the policy does not say how sure an answer is")
        return sure_of(self.confidence, held)

    def next(
        self,
        number: int,
        sure: float,
        standing: Standing,
        able: Callable[[Option], bool] = anything,
    ) -> Choice | None:
        """Choose how to go on from an answer that is right with P(sure); `None` is to stop.

        Raises:
            BinUnknown: there is no such bin.
        """
        return going_on(self._row(number), sure, standing, self._place(number), able)

    def choose(
        self, number: int, budget_tokens: float, able: Callable[[Option], bool] = anything
    ) -> Choice:
        """Choose a strategy for a question of this bin, of those that are able to run.

        Raises:
            BinUnknown: there is no such bin.
            PolicyError: the budget is not above 0.
        """
        row = self._row(number)
        if isnan(budget_tokens) or budget_tokens <= 0:
            raise PolicyError(f"nothing can be chosen for a budget of {budget_tokens} tokens")
        plain = self.pauses[0] if self.pauses else 0
        return choose(row, budget_tokens, self._place(number), able, plain)

    def _row(self, number: int) -> Row:
        if number not in self.bins:
            raise BinUnknown(f"there is no bin {number} among {len(self.bins)}")
        return self.bins[number]

    def _place(self, number: int) -> str:
        return f"bin {number} of {len(self.bins)}"
