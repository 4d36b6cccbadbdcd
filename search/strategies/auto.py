"""The compute-optimal strategy: a look at the question, and then what pays on such questions.

Source: Snell et al. 2024, arXiv:2408.03314, section 3.2. theta*(q, N) -> what the policy has for
the difficulty bin of the question and the tokens that are left; the policy is fitted beforehand.
    predicted difficulty -> the policy's estimator, on as many samples as it was fitted with
Differs from the paper: the samples that difficulty is measured by are on the bill, and are
solutions like any others: strategies that draw whole ones begin with them. `sequential` is not
theirs: what to do is decided anew after each round, by what is gained for a token.
Cost: the samples of the probe, and what is chosen for the rest of the budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field, JsonValue
from typing_extensions import override

from engines.conversation import Conversation
from scorers.base import Candidate, Scored
from search.advice import Advice
from search.difficulty import agreement, first_token, mean_score
from search.search import Search
from search.select import best, majority, votes
from search.strategies.base import Advised, Strategy


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a question: solutions drawn so far, and what they say of it.

    `answer` is the best of them, `None` if there are none; `held` how sure that is.
    """

    drawn: Sequence[Candidate]
    answer: Candidate | None
    ease: float | None
    held: float | None


class Auto(Strategy):
    """Measure difficulty, and do what gains most on such questions for what the budget leaves."""

    paper: ClassVar[str] = "arXiv:2408.03314"
    cost: ClassVar[str] = "a probe of the question, and what the policy chooses for the budget"

    kind: Literal["auto"] = "auto"
    mode: Literal["once", "sequential"] | None = Field(
        default=None,
        description="when to decide: after the probe, or anew after each round; null is the latter "
        "where the policy says how sure an answer is",
    )
    rounds: int = Field(
        default=16, ge=1, le=64, description="decisions of the sequential mode, at most"
    )
    least: float = Field(
        default=0.01,
        ge=0,
        lt=1,
        description="accuracy that a further round must be expected to bring, in sequential mode",
    )

    @property
    @override
    def solutions(self) -> int:
        return 1

    @property
    @override
    def advised(self) -> Advised:
        return "always" if self.mode == "sequential" else "once"

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        look = await _probed(search, root)
        if look.answer is not None:
            search.propose(look.answer)
        if self.anew(search):
            return await self._rounds(search, root, look)
        advice = search.advise(look.ease, look.drawn)
        return await _followed(search, root, look, advice)

    def anew(self, search: Search) -> bool:
        """Whether to decide anew after each round."""
        return self.mode == "sequential" or (self.mode is None and search.adviser.re_decides)

    async def _rounds(self, search: Search, root: Candidate, look: Look) -> Candidate:
        """Go on as long as that is expected to gain."""
        tried: tuple[Strategy, ...] = ()
        for _ in range(self.rounds):
            advice = search.advise(
                look.ease, look.drawn, held=look.held, least=self.least, tried=tried
            )
            if advice.strategy is None:
                break
            if advice.strategy.judges == "steps":
                tried = (*tried, advice.strategy)
            fresh = await _round(search, root, look, advice.strategy)
            if not fresh:
                break
            look = await _looked(search, [*look.drawn, *fresh])
            if look.answer is not None:
                search.propose(look.answer)
        return look.answer or root


class Probe(Strategy):
    """Measure difficulty, ask the policy what to do, and return the best solution drawn so far.

    It is no way to answer, but to plan: requests cannot ask for it.
    """

    paper: ClassVar[str] = "arXiv:2408.03314"
    cost: ClassVar[str] = "as many solutions and scores as the policy measures difficulty by"

    kind: Literal["probe"] = "probe"
    auto: Auto = Field(default=Auto(), description="how the policy is to be asked")

    @property
    @override
    def solutions(self) -> int:
        return 1

    @property
    @override
    def advised(self) -> Advised:
        return self.auto.advised

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        look = await _probed(search, root)
        held = look.held if self.auto.anew(search) else None
        search.advise(look.ease, look.drawn, held=held, least=self.auto.least)
        return look.answer or root


async def _probed(search: Search, root: Candidate) -> Look:
    adviser = search.adviser
    paused: dict[str, JsonValue] = {} if adviser.pauses is None else {"pauses": adviser.pauses}
    search.note("probe", estimator=adviser.estimator, samples=adviser.samples, **paused)
    search.pause(adviser.pauses)
    if adviser.estimator == "prompt":
        return Look((), None, adviser.ease_of(_question(root.prompt.conversation)), None)
    scoring = adviser.estimator == "score"
    return await _looked(search, await search.extend([root], adviser.samples, scoring=scoring))


def _question(conversation: Conversation) -> str:
    """Return the last message of the user: what policies read difficulty from."""
    said = (m.content for m in reversed(conversation.messages) if m.role == "user")
    return next(said, "")


async def _looked(search: Search, drawn: Sequence[Candidate]) -> Look:
    """Measure what the policy knows difficulty by on (N,) solutions."""
    estimator = search.adviser.estimator
    if estimator == "score":
        scored = await search.score(drawn)
        chosen = best(scored)
        fitted_by = search.adviser.scorer
        if fitted_by is not None and chosen.scorer != fitted_by:
            search.degrade(
                f"difficulty was measured by scorer {chosen.scorer}; the policy is fitted to "
                f"those of {fitted_by}"
            )
        return Look(scored, chosen, mean_score([c.score for c in scored]), chosen.score)
    if estimator == "agreement":
        return await _agreed(search, drawn)
    firsts = [c.steps[0].logprobs[0] for c in drawn if c.steps and c.steps[0].logprobs]
    return Look(drawn, drawn[0], first_token(firsts) if firsts else None, None)


async def _agreed(search: Search, drawn: Sequence[Candidate]) -> Look:
    answers = await search.group(drawn)
    leader = max(votes(answers), default=0)
    ease = agreement(answers.groups) if len(drawn) > 1 else None
    return Look(drawn, majority(drawn, answers) or drawn[0], ease, leader / len(drawn))


async def _followed(search: Search, root: Candidate, look: Look, advice: Advice) -> Candidate:
    """Do what is advised to its end; of a step search and a scored probe the best is returned."""
    if advice.strategy is None:
        return look.answer or root
    # What was drawn behind other pauses is not what was measured.
    alike = advice.pauses == search.adviser.pauses
    search.pause(advice.pauses)
    answers = await search.follow(advice.strategy, root, known=look.drawn if alike else ())
    if answers and advice.strategy.judges == "steps":
        judged = [candidate for candidate in look.drawn if isinstance(candidate, Scored)]
        return best(await search.score([*answers, *judged]))
    return answers[0] if answers else look.answer or root


async def _round(
    search: Search, root: Candidate, look: Look, strategy: Strategy
) -> Sequence[Candidate]:
    """Have a step search come to an answer, or draw as many more as there are, up to its number."""
    if strategy.judges == "steps":
        return await search.follow(strategy, root)
    more = min(len(look.drawn), strategy.solutions - len(look.drawn))
    return await search.extend([root], more)
