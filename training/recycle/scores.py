"""What an instruction and its response are worth to a student, by how likely it finds their tokens.

Source: arXiv:2402.10110, section 3.2; the code beside it. With L the mean of -log p over a text's
tokens, IFD(y|x) = exp(L(y|x) - L(y)) says how little the instruction helps to say the response:
higher is harder. r-IFD(x|y) = exp(L(x|y') - L(x)) says how hard the instruction is to guess from
the response: lower is more feasible. From 1 on the context is of no help, and the pair is no use.

Differs from the code: what cannot be computed is NaN with a reason, where the code has 0, which
would look like the best of feasible scores. Pure arithmetic: knows no model and no text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, isfinite, isnan, nan
from statistics import fmean
from typing import Literal, TypeAlias

from engines.base import Usage

Missing: TypeAlias = Literal[
    "response_empty", "response_of_one_token", "instruction_of_one_token", "too_long",
    "template_refused", "no_number",
]  # fmt: skip
"""Why a score is NaN."""

REASONS: Mapping[Missing, str] = {
    "response_empty": "the response is empty",
    "response_of_one_token": "nothing of the response comes after its first token",
    "instruction_of_one_token": "nothing of the instruction comes after its first token",
    "too_long": "what comes before the text leaves no room for two of its tokens",
    "template_refused": "the model's chat template does not take what comes before the text",
    "no_number": "the model's log-probabilities of it are not finite",
}
"""The same in words."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The four means of -log p, in nats per token; NaN where one was not computed.

    Attributes:
        response_given_instruction: L(y|x).
        response: L(y).
        instruction_given_response: L(x|y').
        instruction: L(x).
    """

    response_given_instruction: float = nan
    response: float = nan
    instruction_given_response: float = nan
    instruction: float = nan


@dataclass(frozen=True, slots=True)
class Scores:
    """A pair's scores by one student.

    Attributes:
        ifd: IFD(y|x); NaN if it could not be computed.
        r_ifd: r-IFD(x|y); NaN if it could not be computed.
        instruction_tokens: of the whole instruction.
        response_tokens: of the whole response.
        losses: what the scores are of; exp of one is a perplexity.
        ifd_missing: why `ifd` is NaN, if it is.
        r_ifd_missing: why `r_ifd` is NaN, if it is.
        cut: the scores are of the beginning of a text only, for the whole does not fit.
        usage: what reading the texts cost.
    """

    ifd: float
    r_ifd: float
    instruction_tokens: int
    response_tokens: int
    losses: Losses = field(default_factory=Losses)
    ifd_missing: Missing | None = None
    r_ifd_missing: Missing | None = None
    cut: bool = False
    usage: Usage = field(default_factory=Usage)

    @classmethod
    def of(
        cls,
        losses: Losses,
        *,
        tokens: tuple[int, int],
        missing: tuple[Missing | None, Missing | None] = (None, None),
        cut: bool = False,
        usage: Usage | None = None,
    ) -> "Scores":
        """Return the scores that losses come to.

        Args:
            losses: of both texts.
            tokens: of the instruction and of the response.
            missing: why the losses of IFD are not there, and those of r-IFD.
            cut: they are of the beginning of a text only.
            usage: what reading the texts cost.
        """
        ifd = ratio(losses.response_given_instruction, losses.response)
        r_ifd = ratio(losses.instruction_given_response, losses.instruction)
        why, r_why = (
            given or ("no_number" if isnan(score) else None)
            for given, score in zip(missing, (ifd, r_ifd), strict=True)
        )
        return cls(ifd, r_ifd, *tokens, losses, why, r_why, cut, usage or Usage())


def loss(logprobs: Sequence[float]) -> float:
    """Return the mean of -log p over (T,) tokens, in nats; NaN without tokens."""
    return -fmean(logprobs) if logprobs else nan


def ratio(conditioned: float, alone: float) -> float:
    """Return exp(L(z|c) - L(z)), the ratio of a text's perplexities with a context and alone.

    NaN if a loss is not finite, or the ratio is beyond what a float holds: never infinite, nor 0.

    Args:
        conditioned: L(z|c), the text's loss after the context.
        alone: L(z), its loss by itself.
    """
    try:
        found = exp(conditioned - alone)
    except OverflowError:
        return nan
    return found if found and isfinite(conditioned) and isfinite(alone) else nan
