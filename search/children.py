"""From samples to candidates, and back to candidates that can be continued."""

import asyncio
from dataclasses import replace

from engines.base import Sample, Sampling
from scorers.base import Candidate
from scorers.form import Form


def child_of(parent: Candidate, sample: Sample, whole: Sampling, *, goes_on: bool) -> Candidate:
    """Append a sample's step; one ended by a string that is not the caller's can go on.

    So can one ended by a cap on its tokens, if it `goes_on` and came any further.
    """
    step = sample.step
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
