"""What came of a training: where the verifier is, how well it does, how to serve it. No torch."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

from scorers.base import Aggregation, aggregate
from training.examples import Example, line_of
from training.measures import Rated, Separation, auc, separation
from training.tuning.report import Origin
from training.verifier.config import TrainConfig
from training.verifier.targets import right

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Counts:
    """Solutions and questions.

    Attributes:
        examples: in the data.
        unlabelled: of those, without a label of this kind.
        too_long: of those, with a label but with too many tokens.
        trained: learnt from.
        held_out: checked on.
        questions: learnt from.
        held_out_questions: checked on.
    """

    examples: int
    unlabelled: int
    too_long: int
    trained: int
    held_out: int
    questions: int
    held_out_questions: int


@dataclass(frozen=True, slots=True)
class Measures:
    """How well a verifier does on held-out questions.

    Attributes:
        loss: of a target, in nats.
        auc: of all labelled steps together, of an ORM's all solutions; neutral steps and shares
            from 1/2 are right as the settings have it. `None` if all are right, or none.
        within_question: by aggregation, how well the scores of solutions of the same question tell
            right from wrong; `None` if no question has both.
    """

    loss: float
    auc: float | None
    within_question: dict[Aggregation, Separation | None]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a training.

    Attributes:
        directory: the verifier's.
        origin: what it was made from.
        settings: what the training was told.
        counts: of the data.
        steps: done.
        planned: steps that would have been done, if it had not been ended early.
        best_step: the one whose weights were kept.
        loss: in training, of late.
        measures: on held-out questions, if there are any.
        step_tag: the token that ends a step.
        serve: a command that serves it.
        scorer: the configuration of the scorer that asks the server.
    """

    directory: Path
    origin: Origin
    settings: TrainConfig
    counts: Counts
    steps: int
    planned: int
    best_step: int
    loss: float
    measures: Measures | None
    step_tag: int
    serve: str
    scorer: dict[str, JsonValue]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """All of it as JSON."""
        found: dict[str, JsonValue] = _REPORT.dump_python(self, mode="json")
        return found


_REPORT = TypeAdapter(Report)


def hash_of(examples: Sequence[Example]) -> str:
    """Return the SHA-256 of the examples, in their order."""
    found = sha256()
    for example in examples:
        found.update(line_of(example).encode())
    return found.hexdigest()


def serving(directory: Path, tag: int) -> str:
    """Return a command that serves a verifier, so that `prm_pooling` can ask it."""
    pooler = {"task": "token_classify", "tok_pooling_type": "STEP", "step_tag_id": tag}
    flags = ["--runner", "pooling", "--pooler-config", json.dumps(pooler), "--port", "8001"]
    return shlex.join(["vllm", "serve", str(directory), *flags])


def measured(
    config: TrainConfig,
    examples: Sequence[Example],
    rewards: Sequence[tuple[float, ...]],
    loss: float,
) -> Measures:
    """Measure (N,) held-out examples by the (S,) rewards of each."""
    pairs = list(zip(examples, rewards, strict=True))
    ways: tuple[Aggregation, ...] = ("last", "min", "mean", "product")
    told = ways if config.kind == "prm" else ("last",)
    within = {how: separation(_rated(pairs, how), config.seed) for how in told}
    pooled = _steps(config, pairs) if config.kind == "prm" else _solutions(pairs)
    return Measures(loss, auc(pooled[True], pooled[False]), within)


def _rated(pairs: Sequence[tuple[Example, tuple[float, ...]]], how: Aggregation) -> list[Rated]:
    return [
        Rated(example.question, aggregate(rewards, how), example.outcome)
        for example, rewards in pairs
        if example.outcome is not None and rewards
    ]


def _solutions(pairs: Sequence[tuple[Example, tuple[float, ...]]]) -> Mapping[bool, list[float]]:
    rated = _rated(pairs, "last")
    return {side: [one.score for one in rated if one.right is side] for side in (False, True)}


def _steps(
    config: TrainConfig, pairs: Sequence[tuple[Example, tuple[float, ...]]]
) -> Mapping[bool, list[float]]:
    found: dict[bool, list[float]] = {False: [], True: []}
    for example, rewards in pairs:
        for label, reward in zip(example.labels, rewards, strict=False):
            if label is not None:
                found[right(config, example, label) >= _HALF].append(reward)
    return found
