"""From labelled solutions to a head's file, and to what the head is worth beside what is free."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.calibration import Quality, quality
from evaluation.heads.baselines import by_confidence, by_vote
from evaluation.heads.making import Made, Plan, make, rated, rewards_of
from evaluation.heads.observing import Observed, observe
from evaluation.verification import Rated, mixed
from scorers.answers import Grader, compiled
from scorers.head import SUM, Head, Known, Provenance
from scorers.hidden_states import HiddenStatesConfig
from scorers.layout import Layout
from scorers.reading import StatesEngine
from search.scoring import ended
from training.examples import Example

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """How good judges are on the same solutions, `confidence` and `vote` if they can be asked.

    Attributes:
        solutions: how many.
        questions: of how many questions.
        mixed: questions with right and wrong ones.
        right: the share of right ones.
        judges: each with what it is worth.
    """

    solutions: int
    questions: int
    mixed: int
    right: float
    judges: Mapping[str, Quality]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it.

    `tried` is by heads that have not seen a question, `held_out` by the head itself on other ones.
    """

    head: Head
    penalty: float
    tried: Trial
    held_out: Trial | None
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Course:
    """What is trained, on which engine, and what the file says beyond that.

    Attributes:
        engine: shows the states.
        grader: compares the answers of the vote.
        plan: how the head is made.
        layout: how solutions are written, by its name in the file; `written` is that.
        written: see `observe`.
        step_end: likewise.
        fewest_tokens: see `Head`.
        domain: likewise.
        progress: likewise.
    """

    engine: StatesEngine
    grader: Grader
    plan: Plan
    layout: str = "turn"
    written: Layout | None = None
    step_end: str = "\n\n"
    fewest_tokens: int = 0
    domain: str | None = None
    progress: Callable[[str], None] = lambda _: None

    async def run(
        self,
        examples: Sequence[Example],
        held_out: Sequence[Example],
        provenance: Provenance,
    ) -> Report:
        """Train a head on (N,) solutions, and measure it on those held out, if there are any.

        Raises:
            CalibrationError: the labels do not make a head.
            ScorerUnavailable: the head cannot judge its own example.
            EngineError: the states could not be had.
        """
        observed, left_out = await self._observe(examples)
        made = make(observed, self.plan)
        tried = await self._trial(observed, made.tried)
        held = None
        if held_out:
            others, _ = await self._observe(held_out)
            rewards = rewards_of(made.layers, made.calibration, others)
            held = await self._trial(others, rated(others, rewards, self.plan))
        told = _told(provenance, held or tried, held is not None, self.engine)
        head = self._head(made, self._example([one.example for one in observed]), told)
        return Report(await self._known(head), made.penalty, tried, held, left_out)

    async def _observe(
        self, examples: Sequence[Example]
    ) -> tuple[list[Observed], Mapping[str, int]]:
        """Read solutions, but for those that the head will abstain on."""
        shown = [one for one in examples if self._asked_for(one.question)]
        seen = await observe(
            shown,
            self.engine,
            level=self.plan.level,
            layout=self.written,
            step_end=self.step_end,
            progress=self.progress,
        )
        fit = [one for one in seen.solutions if one.tokens >= self.fewest_tokens]
        more = {
            "the question is out of the domain": len(examples) - len(shown),
            "the solution is too short": len(seen.solutions) - len(fit),
        }
        return fit, {why: n for why, n in {**seen.left_out, **more}.items() if n}

    def _asked_for(self, question: str) -> bool:
        return self.domain is None or bool(compiled(self.domain).fullmatch(question))

    async def _trial(
        self, observed: Sequence[Observed], by_head: Mapping[str, Sequence[Rated]]
    ) -> Trial:
        questions = list(by_head.values())
        judges = {"head": quality(questions, self.plan.seed)}
        if self.plan.level == "solution":
            shown = [one.example for one in observed]
            free = {
                "confidence": by_confidence(shown),
                "vote": await by_vote(shown, self.grader, self.step_end),
            }
            judges |= {name: quality(list(rates.values()), self.plan.seed)
                       for name, rates in free.items() if rates is not None}  # fmt: skip
        targets = [r.target for question in questions for r in question]
        right = sum(targets) / len(targets)
        return Trial(len(observed), len(questions), mixed(questions), right, judges)

    def _head(self, made: Made, known: Known, provenance: Provenance) -> Head:
        told = {
            "kind": "mlp" if self.plan.kind == "mlp" else "linear",
            "layers": made.layers,
            "activation": "relu",
            "layout": self.layout,
            "aggregation": self.plan.aggregation,
            "fewest_tokens": self.fewest_tokens,
            "domain": self.domain,
            "calibration": made.calibration,
            "known": known,
            "provenance": provenance,
        }
        return Head.model_validate(told)

    def _example(self, examples: Sequence[Example]) -> Known:
        """Return a solution of two steps in the head's domain; a sum in words if there is none."""
        for one in examples:
            if len(one.steps) > 1:
                return Known(question=one.question, steps=ended(one.steps, self.step_end))
        return SUM

    async def _known(self, head: Head) -> Head:
        """Have the head judge its example as it will at the start, and keep what it says."""
        # The file is not there yet, and whoever reads the head has it already.
        config = HiddenStatesConfig(head=Path(self.layout))
        scorer = config.scorer("new", head, self.engine, drawn=False)
        rewards = tuple(round(reward, _DIGITS) for reward in await scorer.known())
        known = head.known.model_copy(update={"rewards": rewards})
        return head.model_copy(update={"known": known})


def _told(provenance: Provenance, trial: Trial, held_out: bool, engine: StatesEngine) -> Provenance:
    """Say in the file what the head is worth."""
    chooses, error = (
        trial.judges["head"].within_question_auc, trial.judges["head"].calibration_error
    )  # fmt: skip
    where = "held-out questions" if held_out else "questions its likes had not seen"
    figures = (
        f"{name} {q.within_question_auc.value:.3f} "
        f"[{q.within_question_auc.low:.3f}, {q.within_question_auc.high:.3f}]"
        for name, q in trial.judges.items()
        if q.within_question_auc
    )
    worth = (
        f"AUC within {trial.mixed} of {trial.questions} {where} "
        f"({trial.solutions} solutions, {trial.right:.0%} right): {', '.join(figures)}"
    )
    return provenance.model_copy(
        update={
            "auc": round(chooses.value, _DIGITS) if chooses else None,
            "calibration_error": round(error.value, _DIGITS) if error else None,
            "base": engine.capabilities.model,
            "worth": worth,
        }
    )
