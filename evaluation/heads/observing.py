"""Labelled solutions as a head is shown them: hidden states where it judges, beside the labels.

Reads as the scorer `hidden_states` does. Knows nothing of what is fitted.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engines.base import Prompt
from engines.conversation import Conversation, Message
from engines.states import Vector
from evaluation.rating import labelled, targets
from scorers.base import Candidate
from scorers.calibration import Level
from scorers.each import unwritten
from scorers.layout import Layout
from scorers.reading import Readable, StatesEngine, TextReader, TurnReader
from search.scoring import ended, solution
from training.examples import Example
from training.label.batches import batches

_BATCH = 16
"""Solutions read at once."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A solution at its (P,) places.

    Attributes:
        example: the solution.
        states: (P, d) hidden states.
        targets: (P,) P(right) by the labels; `None` where there is none.
        tokens: how many it has.
    """

    example: Example
    states: tuple[Vector, ...]
    targets: tuple[float | None, ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen of labelled solutions, and how many were left out, for which reason."""

    solutions: tuple[Observed, ...]
    left_out: Mapping[str, int]


async def observe(
    examples: Sequence[Example],
    engine: StatesEngine,
    *,
    level: Level,
    layout: Layout | None,
    step_end: str = "\n\n",
    progress: Callable[[str], None] = lambda _: None,
) -> Observations:
    """Read those of (N,) solutions that have labels.

    Of outcomes every place has its solution's: an outcome reward model is trained to say it
    everywhere (arXiv:2305.20050, section 2.5).

    Args:
        examples: solutions with labels.
        engine: shows the states.
        level: which labels: of solutions, or of steps.
        layout: how a solution is written; `None` for the model's own turn of chat.
        step_end: what ends each step but the last.
        progress: hears that one more was read.

    Raises:
        EngineError: the states could not be had.
    """
    reader = TurnReader(engine, drawn=False) if layout is None else TextReader(engine, layout)
    seen: list[Observed] = []
    left_out: Counter[str] = Counter()
    for batch in batches(labelled(examples, level), _BATCH):
        shown = {id(example): _candidate(example, step_end) for example in batch}
        able = [example for example in batch if unwritten(shown[id(example)]) is None]
        left_out["the solution has no text"] += len(batch) - len(able)
        read = await reader.read([shown[id(example)] for example in able])
        pairs = list(zip(able, read, strict=True))
        fit = [(e, text) for e, text in pairs if len(text.ids) <= engine.capabilities.states]
        left_out["the solution is too long"] += len(able) - len(fit)
        seen += await _seen(fit, engine, level)
        for example in batch:
            progress(example.question)
    return Observations(tuple(seen), +left_out)


async def _seen(
    fit: Sequence[tuple[Example, Readable]], engine: StatesEngine, level: Level
) -> list[Observed]:
    if not fit:
        return []
    read = await engine.states([text.ids for _, text in fit], request_id="observing")
    return [
        Observed(
            example,
            tuple(states[end] for end in text.ends),
            _targets(example, text, level),
            text.tokens,
        )
        for (example, text), states in zip(fit, read.texts, strict=True)
        if text.ends
    ]


def _targets(example: Example, text: Readable, level: Level) -> tuple[float | None, ...]:
    told = targets(example, level)
    if level == "solution":
        return tuple(told) * len(text.ends)
    of_steps = [*told, *[None] * (len(text.counts) - len(told))]
    pairs = zip(of_steps, text.counts, strict=True)
    return tuple(target for target, count in pairs for _ in range(count))


def _candidate(example: Example, step_end: str) -> Candidate:
    prompt = Prompt(Conversation((Message("user", example.question),)))
    return solution(prompt, ended(example.steps, step_end), finished=True)
