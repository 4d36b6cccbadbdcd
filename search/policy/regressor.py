"""How easy a question is, read from its text alone: the estimator `prompt`.

    ease = logistic(bias + sum of weight * (feature - mean) / scale)

A straight line through the features of `search.prompt_features`, for people to read: a weight
above 0 says that more of the feature makes questions easier, and weights can be compared, as all
are by what is usual. Costs no call. `evaluation.prompt_regression` fits it.
"""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, field_validator

from scorers.readout import logistic
from search.policy.table import Part
from search.prompt_features import NAMES, features

Number: TypeAlias = Annotated[float, Field(ge=-1e6, le=1e6)]


class Term(Part):
    """What a feature says: how far it is from its mean, in its own scale, times its weight."""

    mean: Number
    scale: float = Field(ge=1e-6, le=1e6)
    weight: Number


class Regressor(Part):
    """The line. A feature it does not name has no part in it."""

    bias: Number
    features: Mapping[str, Term] = Field(min_length=1)

    @field_validator("features")
    @classmethod
    def _there(cls, terms: Mapping[str, Term]) -> Mapping[str, Term]:
        unknown = [name for name in terms if name not in NAMES]
        if unknown:
            raise ValueError(
                f"there is no feature {unknown[0]}; there are {', '.join(sorted(NAMES))}"
            )
        return terms

    def ease(self, text: str) -> float:
        """Return the ease, in [0, 1], of a question: of the last user message."""
        found = features(text)
        parts = (
            term.weight * (found[name] - term.mean) / term.scale
            for name, term in self.features.items()
        )
        return logistic(self.bias + sum(parts))
