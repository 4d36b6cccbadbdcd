"""Drawing a turn in two phases: its thinking, then its answer.

Whatever holds for one of them only needs that: a cap on the thinking, and a schema for the answer.
Works on any engine by token ids, with nothing more than a stop string and text put behind a turn.

Source: budget forcing, arXiv:2501.19393, section 3.1, for thinking that is ended at a cap.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from engines.base import (
    Delta,
    Finish,
    Generation,
    Listener,
    Prompt,
    Request,
    Sample,
    Sampling,
    Step,
)
from engines.errors import EngineError
from engines.parts import Draw, drawn_once
from engines.tasks import collect
from engines.thinking import Thinking
from engines.usage import Usage

Tokenize: TypeAlias = Callable[[str], Awaitable[tuple[int, ...] | None]]

_NOTHING = Step("", 0, ())


def in_phases(prompt: Prompt, text: str, how: Sampling) -> bool:
    """Say whether a turn that has come to `text` is drawn in phases."""
    thinking, apart = prompt.thinking, how.json_schema or how.thinking_tokens is not None
    if thinking is None or prompt.ids is None or not apart:
        return False
    return thinking.open_to(text)


@dataclass(frozen=True, slots=True)
class _Thought:
    """Sample `index` as far as its thinking goes; `finish` is why the whole of it has ended."""

    index: int
    step: Step
    finish: Finish | None = None
    stop: str | None = None


class _Turn:
    """One request on its way: what it has cost, and what of it was heard and written so far.

    `asked` is the tokens it took to see whether the model thinks, `begun` how it begins to.
    """

    def __init__(self, request: Request, thinking: Thinking, listen: Listener | None) -> None:
        self.request, self.thinking, self.listen = request, thinking, listen
        self.asked, self.begun, self._usage = 0, _NOTHING, Usage()

    @property
    def begun_drawing(self) -> bool:
        """Whether any part of it was drawn."""
        return self._usage != Usage()

    def bill(self, generation: Generation) -> tuple[Sample, ...]:
        """Take note of what a part has cost, and return its samples."""
        self._usage += generation.usage
        return generation.samples

    def whole(self, samples: Sequence[Sample]) -> Generation:
        """Return the (n,) samples as one generation, and as one call."""
        return Generation(tuple(samples), replace(self._usage, calls=1))

    def behind(self, step: Step, n: int, how: Sampling) -> Request:
        """Return a request for what follows `step`."""
        steps = (*self.request.steps, step) if step.tokens else self.request.steps
        return replace(self.request, steps=steps, n=n, sampling=how)

    def unended(self, step: Step) -> bool:
        """Say whether the turn is thinking behind `step`."""
        return self.thinking.unended(self.request.text + step.text)

    def ended(self, sample: Sample, step: Step) -> Finish | None:
        """Return why a sample that came to `step` has ended; `None` if only its phase has."""
        how = self.request.sampling
        if sample.finish == "eos" or (sample.stop is not None and sample.stop in how.stop):
            return sample.finish
        return "length" if step.tokens >= how.max_tokens else None

    def tell(self, index: int, step: Step, sample: Sample | None = None) -> None:
        """Have what was put behind a sample heard, or the sample it is now that it has ended."""
        if self.listen:
            finish = sample.finish if sample else None
            self.listen(Delta(index, step.text, step.tokens, finish, sample))

    def hear_thinking(self, delta: Delta) -> None:
        """Pass on a piece of thinking: of the reasons to end only the one that ends all."""
        assert self.listen
        if delta.sample is None or delta.finish != "eos":
            self.listen(replace(delta, finish=None, sample=None))
        else:
            self.listen(replace(delta, sample=_behind(self.begun, delta.sample)))

    def hear_answer(self, first: int, thought: Step, delta: Delta) -> None:
        """Pass on a piece of the answers that follow `thought`, from sample `first` on."""
        assert self.listen
        sample = delta.sample and _behind(thought, delta.sample)
        self.listen(replace(delta, index=delta.index + first, sample=sample))

    def heard(self, hear: Listener) -> Listener | None:
        """Return who hears a part, if anybody hears the whole."""
        return hear if self.listen else None


class Phases:
    """Draws for one engine, whose own `draw` knows nothing of thinking."""

    def __init__(self, draw: Draw, tokenize: Tokenize) -> None:
        self._draw, self._tokenize = draw, tokenize
        self._known: dict[str, Step] = {}

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples, in phases where that is needed, and as one call; see `Engine.generate`.

        A schema holds from the end of thinking on. Thinking that comes to its cap is ended for
        the model, in its text too. What is left of `max_tokens` is the answer's.
        """
        thinking, how = request.prompt.thinking, request.sampling
        if thinking is None or not in_phases(request.prompt, request.text, how):
            return await self._draw(request, listen)
        if request.alike:
            return await drawn_once(self.generate, request, listen)
        turn = _Turn(request, thinking, listen)
        try:
            return turn.whole(await self._samples(turn))
        except EngineError as error:
            # What an earlier phase has cost is spent.
            error.unspent = error.unspent and not turn.begun_drawing
            raise

    async def _samples(self, turn: _Turn) -> Sequence[Sample]:
        request, how = turn.request, turn.request.sampling
        if how.json_schema and not turn.unended(_NOTHING) and not await self._begins(turn):
            rest = replace(how, max_tokens=how.max_tokens - turn.asked)
            return turn.bill(await self._draw(replace(request, sampling=rest), turn.listen))
        return await self._answers(turn, await self._thoughts(turn))

    async def _begins(self, turn: _Turn) -> bool:
        """Find out whether the model begins by thinking: a schema is not to keep it from that."""
        request, start = turn.request, await self._written(turn.thinking.start)
        if request.sampling.max_tokens <= start.tokens:
            return False
        pauses = request.sampling.pauses
        likeliest = Sampling(max_tokens=start.tokens, temperature=0, pauses=pauses)
        once = replace(request, n=1, sampling=likeliest)
        [sample] = turn.bill(await self._draw(once, None))
        turn.asked = sample.step.tokens
        if not turn.unended(sample.step):
            return False
        turn.begun = replace(sample.step, logprobs=None, certainty=None, drawn=None)
        for i in range(request.n):
            turn.tell(i, turn.begun)
        return True

    async def _thoughts(self, turn: _Turn) -> list[_Thought]:
        """Draw (n,) samples to the end of their thinking; end it where it has come to its cap."""
        closing = await self._written(turn.thinking.closing)
        thoughts: list[_Thought] = []
        for i, sample in enumerate(await self._drawn(turn)):
            step = joined([turn.begun, sample.step])
            finish = turn.ended(sample, step)
            if finish is None and turn.unended(step):
                if step.tokens + closing.tokens < turn.request.sampling.max_tokens:
                    turn.tell(i, closing)
                    step = joined([step, closing])
                else:
                    finish = "length"
            stop = sample.stop if finish == "stop" else None
            if finish in ("stop", "length"):
                turn.tell(i, _NOTHING, Sample(step, finish, stop, len(turn.begun.text)))
            thoughts.append(_Thought(i, step, finish, stop))
        return thoughts

    async def _drawn(self, turn: _Turn) -> Sequence[Sample]:
        """Draw (n,) samples to the end of thinking or to its cap; empty if that is reached."""
        request, how, thinking = turn.request, turn.request.sampling, turn.thinking
        room = how.max_tokens - turn.begun.tokens
        if how.thinking_tokens is not None:
            mark = 0 if thinking.opened else (await self._written(thinking.start)).tokens
            used = sum(step.tokens for step in request.steps) + turn.begun.tokens
            room = min(room, how.thinking_tokens + mark - used)
        if room <= 0:
            return [Sample(_NOTHING, "length")] * request.n
        stop = tuple(dict.fromkeys((*how.stop, thinking.end)))
        free = replace(how, max_tokens=room, stop=stop, json_schema=None, thinking_tokens=None)
        behind = turn.behind(turn.begun, request.n, free)
        return turn.bill(await self._draw(behind, turn.heard(turn.hear_thinking)))

    async def _answers(self, turn: _Turn, thoughts: Sequence[_Thought]) -> list[Sample]:
        """Return (n,) samples: those that have ended, and the others with their answers drawn."""
        open_ = [thought for thought in thoughts if thought.finish is None]
        # If none was drawn yet they are all alike, and one request draws the answers of all.
        alike = len(open_) == len(thoughts) and len({thought.step for thought in open_}) == 1
        groups = [open_] if alike else [[thought] for thought in open_]
        parts = await collect(self._draw_answers(turn, group) for group in groups)
        since = len(turn.begun.text)
        whole = {t.index: Sample(t.step, t.finish, t.stop, since) for t in thoughts if t.finish}
        for group, part in zip(groups, parts, strict=True):
            for thought, sample in zip(group, part, strict=True):
                whole[thought.index] = _behind(thought.step, sample)
        return [whole[thought.index] for thought in thoughts]

    async def _draw_answers(self, turn: _Turn, group: Sequence[_Thought]) -> Sequence[Sample]:
        how, thought = turn.request.sampling, group[0]
        rest = replace(how, max_tokens=how.max_tokens - thought.step.tokens, thinking_tokens=None)
        request = turn.behind(thought.step, len(group), rest)
        name = f"{request.id}.{thought.index}"
        seed = request.seed + turn.request.n + thought.index
        named = replace(request, id=name, seed=seed)
        hear = partial(turn.hear_answer, thought.index, thought.step)
        return turn.bill(await self._draw(named, turn.heard(hear)))

    async def _written(self, text: str) -> Step:
        """Return a text as a step that can be put behind a turn."""
        if text not in self._known:
            ids = await self._tokenize(text) or ()
            self._known[text] = Step(text, len(ids), ids)
        return self._known[text]


def _behind(step: Step, sample: Sample) -> Sample:
    whole = joined([step, sample.step])
    return replace(sample, step=whole, since=len(step.text) + sample.since)


def joined(parts: Sequence[Step]) -> Step:
    """Return steps as one. Tokens that were not drawn are as sure as those that were, on average.

    So they change no mean.
    """
    ids = tuple(token for part in parts for token in part.ids or ())
    known = [part for part in parts if part.drawn is not None]
    return Step(
        "".join(part.text for part in parts),
        sum(part.tokens for part in parts),
        ids,
        _filled([(part.tokens, part.logprobs) for part in parts]),
        _filled([(part.tokens, part.certainty) for part in parts]),
        tuple(drawn for part in known for drawn in part.drawn or ()) if known else None,
    )


def _filled(parts: Sequence[tuple[int, tuple[float, ...] | None]]) -> tuple[float, ...] | None:
    known = [number for _, numbers in parts for number in numbers or ()]
    if not known:
        return None
    mean = sum(known) / len(known)
    filled = [(mean,) * tokens if numbers is None else numbers for tokens, numbers in parts]
    return tuple(number for numbers in filled for number in numbers)
