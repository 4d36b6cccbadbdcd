"""The embedded model's own solutions of questions, written down as they are drawn.

A question's solutions are written together, so what a run has drawn the next one need not.
"""

from asyncio import Semaphore
from collections.abc import Callable, Sequence
from math import exp
from pathlib import Path

from engines.base import Engine, Request, Sample, Sampling
from engines.conversation import Conversation, Message
from engines.tasks import collect
from evaluation.smollm2.questions import Asked
from training.examples import Example, line_of, read_examples
from training.label.solutions import STEP_END, split

SAMPLING = Sampling(max_tokens=40, temperature=0.8, alternatives=1)
"""As the service draws, but for the cap: what it cuts off is left out."""
_AT_ONCE = 2
"""Questions, so that the engine's slots are full."""


async def draw(
    questions: Sequence[Asked],
    engine: Engine,
    out: Path,
    *,
    n: int,
    seed: int,
    progress: Callable[[str], None],
) -> None:
    """Draw n solutions of each question that `out` does not have yet, and append them to it.

    Raises:
        ExampleError: `out` has something else.
        EngineError: nothing could be drawn.
    """
    had = _had(out)
    waiting = Semaphore(_AT_ONCE)

    async def drawn(place: int, asked: Asked) -> None:
        async with waiting:
            prompt = await engine.render(Conversation((Message("user", asked.question),)))
            request = Request(f"{seed}.{place}", prompt, (), n, SAMPLING, 1000 * seed + place)
            samples = (await engine.generate(request)).samples
            ended = [sample for sample in samples if sample.finish == "eos"]
            with out.open("a", encoding="utf-8") as file:
                file.write("".join(line_of(_example(asked, sample)) for sample in ended))
            progress(asked.question)

    wanted = ((i, asked) for i, asked in enumerate(questions) if asked.question not in had)
    await collect(drawn(*one) for one in wanted)


def _had(out: Path) -> set[str]:
    return {example.question for example in read_examples(out)} if out.exists() else set()


def _example(asked: Asked, sample: Sample) -> Example:
    said = sample.step.logprobs or ()
    return Example(
        question=asked.question,
        steps=split(sample.step.text, STEP_END),
        truth=asked.truth,
        confidence=exp(min(0.0, sum(said) / len(said))) if said else None,
        source="SmolLM2-135M-Instruct, temperature 0.8",
    )
