"""From samples to candidates, and back to candidates that can be continued."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from engines.base import Sample, Sampling, Step
from scorers.base import Candidate
from scorers.form import Form


def child_of(parent: Candidate, sample: Sample, whole: Sampling, *, goes_on: bool) -> Candidate:
    """Append a sample's step; one ended by a string that is not the caller's can go on.

    So can one ended by a cap on its tokens, if it `goes_on` and came any further. A string of the
    caller's that the step completes ends the solution where the string begins, in a step before.
    """
    step = sample.step
    if (place := _across(parent, step.text, whole.stop)) is not None:
        return _ended_at(parent, place)
    if goes_on and sample.finish == "length" and step.tokens:
        return Candidate(parent.prompt, (*parent.steps, step))
    if sample.finish != "stop":
        return Candidate(parent.prompt, (*parent.steps, step), sample.finish)
    if sample.stop is None or sample.stop not in whole.stop:
        return Candidate(parent.prompt, (*parent.steps, step))
    # Not at the end of the text: the last token may have brought characters beyond the stop.
    said, drawn = step.text[: sample.since], step.text[sample.since :]
    step = replace(step, text=said + drawn.partition(sample.stop)[0])
    return Candidate(parent.prompt, (*parent.steps, step), "stop")


def _across(parent: Candidate, text: str, stops: Sequence[str]) -> int | None:
    """Return where a stop string begins in a parent's text that ends in what follows it."""
    longest = max(map(len, stops), default=0)
    if longest < 2 or not parent.steps:  # noqa: PLR2004 - one character lies across nothing
        return None
    said = parent.text
    begin = max(0, len(said) - longest + 1)
    joined, border = said[begin:] + text[: longest - 1], len(said) - begin
    places = [(joined.find(stop), stop) for stop in stops]
    found = [place for place, stop in places if 0 <= place < border < place + len(stop)]
    return begin + min(found) if found else None


def _ended_at(candidate: Candidate, place: int) -> Candidate:
    """Return a candidate as one that ended at a character of its text; tokens stay whole."""
    steps: list[Step] = []
    for step in candidate.steps:
        steps.append(replace(step, text=step.text[:place]))
        place -= len(step.text)
        if place <= 0:
            break
    return Candidate(candidate.prompt, tuple(steps), "stop")


async def shaped(solutions: list[Candidate], form: Form | None) -> list[Candidate]:
    """Return solutions that say of themselves if they are not of the form they were to have."""
    if form is None:
        return solutions
    # Python validates slowly: in a thread, so that other searches go on.
    return await asyncio.to_thread(_formed, solutions, form)


def _formed(solutions: list[Candidate], form: Form) -> list[Candidate]:
    return [
        replace(one, finish=one.finish and form.ending(one.answer, one.finish)) for one in solutions
    ]


def reopened(candidate: Candidate) -> Candidate:
    """Return a candidate that can be continued: one the model had ended lacks its last token."""
    bare = Candidate(candidate.prompt, candidate.steps)
    if candidate.finish != "eos" or not bare.steps or not bare.steps[-1].ids:
        return bare
    last = bare.steps[-1]
    assert last.ids
    open_ = replace(
        last,
        tokens=last.tokens - 1,
        ids=last.ids[:-1],
        logprobs=last.logprobs and last.logprobs[:-1],
        certainty=last.certainty and last.certainty[:-1],
        drawn=last.drawn and last.drawn[:-1],
    )
    return replace(bare, steps=(*bare.steps[:-1], open_))
