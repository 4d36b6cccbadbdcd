r"""ThinkPRM: a language model that thinks about each step before it judges the solution.

Source: arXiv:2504.16828, sections 3 and 4. It writes a critique of the steps, each of which it ends
with \boxed{correct} or \boxed{incorrect}, and answers "Is the solution correct?". The score is
P(Yes) / (P(Yes) + P(No)) where it said Yes or No last; of K critiques, the mean. Where it did not
come to an answer, the question is put behind what it wrote.
"""

import re
from collections.abc import Sequence
from typing import Literal

from engines.base import Engine
from engines.conversation import Conversation, Message
from engines.errors import EngineError
from engines.tasks import collect
from engines.usage import Counted, Usage
from scorers.asking import Asker
from scorers.base import Candidate, Judgement, ScorerUnavailable, Verdict
from scorers.critique import Critic, WritingConfig, mean_of
from scorers.each import Answered, Failed, failed, judge_each, unwritten
from scorers.layout import Layout, Written, question_of

PROMPT_VERSION = 1
"""Goes up with every change of `PROMPT`: scores of different prompts are not to be compared."""
PROMPT = """\
You are given a math problem and a proposed step-by-step solution:

[Math Problem]

{problem}

[Solution]

{solution}

Review and critique each step in the proposed solution to determine whether each step is correct. \
If the solution is incomplete, only verify the provided steps.
"""
BEGUN = "Let's verify step by step:"
"""What the model's turn begins with, as in its training."""
DECISION = "Is the solution correct?"
LABELS = (" Yes", " No")

_STEPS = Layout("\n", "{question}", split="\n\n", numbered=True)
_DECIDED = re.compile(r"Is the solution correct\?(?= (?:Yes|No)\b)")
_LABELLED = re.compile(r"\\boxed\{(correct|incorrect)\}")


class ThinkPrmConfig(WritingConfig):
    """A process reward model that writes a critique of the steps."""

    kind: Literal["think_prm"] = "think_prm"

    def scorer(self, name: str, engine: Engine) -> "ThinkPrm":
        """Return the scorer that asks this engine.

        Raises:
            ScorerUnavailable: the engine does not do what is needed of it.
        """
        able = engine.capabilities
        if not (able.continues and able.alternatives):
            raise ScorerUnavailable(
                f"{able.model} must give log-probabilities and continue a turn that has begun: "
                "serve it with vLLM, and without a reasoning parser if it is asked by text"
            )
        return ThinkPrm(name, engine, self)


class ThinkPrm:
    """Judges candidates, finished or not, by K critiques of each, all at once.

    Args:
        name: what the configuration calls it.
        engine: of the model; it must continue a turn that has begun.
        config: how many critiques, how long, and how they are drawn.
    """

    partial, relative, remote = True, False, True
    alternatives = 0

    def __init__(self, name: str, engine: Engine, config: ThinkPrmConfig) -> None:
        self.name = name
        named = f"{name}-{PROMPT_VERSION}"
        self._critic = Critic(named, engine, config.writing)
        self._asker = Asker(f"{named}-decision", engine, LABELS, config.timeout_seconds)

    @property
    def counts(self) -> Counted:
        """What is known of the cost of the model's tokens."""
        return self._asker.counts

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return K critiques as long as they may be for each candidate, and reading them."""
        questions = [question(c) for c in candidates if unwritten(c) is None]
        return sum(map(self._bound, questions), start=Usage())

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`. One whose calls fail is abstained on."""
        return await judge_each(candidates, self._ask, unwritten)

    async def _ask(self, candidate: Candidate) -> Answered | Failed:
        asked = question(candidate)
        written = await self._critic.write(Conversation((Message("user", asked),)), BEGUN)
        if isinstance(written, EngineError):
            return failed(written, self._bound(asked))
        texts = [BEGUN + sample.step.text for sample in written.samples]
        decided = [undecided(text) for text in texts]
        replies = await collect(self._asker.behind(written.prompt, text) for text in decided)
        usage = written.usage + self._critic.bill((asked, BEGUN, DECISION), replies)
        opinion = mean_of(replies)
        if isinstance(opinion, EngineError):
            return Failed(opinion, usage)
        if isinstance(opinion, Verdict):
            opinion = Verdict(opinion.score, _rewards(candidate, texts) or opinion.rewards)
        return Answered(opinion, usage)

    def _bound(self, asked: str) -> Usage:
        read = self._critic.reading_bound((asked, BEGUN, DECISION))
        return self._critic.bound((asked, BEGUN)) + read


def question(candidate: Candidate) -> str:
    """Return what the model is asked about a candidate."""
    solution = "\n".join(_STEPS.write(candidate).pieces)
    problem = question_of(candidate.prompt.conversation)
    return PROMPT.replace("{solution}", solution, 1).replace("{problem}", problem, 1)


def undecided(text: str) -> str:
    """Return a critique up to where it says Yes or No last; the question is added if it does not.

    A critique that was cut short has not come to the question.
    """
    decisions = list(_DECIDED.finditer(text))
    if decisions:
        return text[: decisions[-1].end()]
    return f"{text.rstrip()}\n{DECISION}"


def labels(text: str, steps: int) -> tuple[float, ...] | None:
    """Return 1 for each of (S,) steps that a critique calls correct, and 0 for each other.

    Steps behind an incorrect one are not looked at, and have 0. `None` if the labels do not reach
    to the last step.
    """
    told = [float(label == "correct") for label in _LABELLED.findall(text)][:steps]
    if 0.0 in told:
        told = told[: told.index(0.0)]
        return (*told, *(0.0 for _ in range(steps - len(told))))
    return tuple(told) if len(told) == steps else None


def _rewards(candidate: Candidate, texts: Sequence[str]) -> tuple[float, ...] | None:
    """Return (S,) rewards of a candidate's steps: the share of critiques that call them correct."""
    written: Written = _STEPS.write(candidate)
    told = [found for text in texts if (found := labels(text, len(written.pieces))) is not None]
    if not told:
        return None
    shares = [sum(column) / len(told) for column in zip(*told, strict=True)]
    return tuple(min(step) for step in written.by_step(shares))
