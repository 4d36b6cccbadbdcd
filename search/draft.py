"""One request of a round: what has come of it so far, so that a call cut short is not lost."""

from dataclasses import dataclass, field

from engines.base import Capabilities, Delta, Finish, Generation, Listener, Request, Sample, Step
from engines.errors import EngineError
from engines.phases import in_phases
from scorers.base import Candidate
from search.budget import Hold


@dataclass(slots=True)
class _Growing:
    text: str = ""
    tokens: int = 0
    finish: Finish | None = None
    whole: Sample | None = None

    @property
    def sample(self) -> Sample:
        """The sample; one that was still growing is cut, as by a cap on its tokens."""
        return self.whole or Sample(Step(self.text, self.tokens), self.finish or "length")


@dataclass(slots=True)
class Draft:
    """A listener to one request's samples; `forward` hears what it hears."""

    request: Request
    forward: Listener | None = None
    _samples: dict[int, _Growing] = field(default_factory=dict)

    def hear(self, delta: Delta) -> None:
        """Take note of a piece of a sample."""
        sample = self._samples.setdefault(delta.index, _Growing())
        sample.text += delta.text
        sample.tokens += delta.tokens
        sample.finish = delta.finish or sample.finish
        sample.whole = delta.sample
        if self.forward:
            self.forward(delta)

    def cut(self, capabilities: Capabilities) -> Generation:
        """End the request here: samples that were still growing are cut.

        The bill is the tokens that came, and the prompt's where they were ours to count. Of a
        request in phases each sample may have had all of it read once more.
        """
        grown = [self._samples[index] for index in sorted(self._samples)]
        samples = tuple(sample.sample for sample in grown)
        drawn, reads = sum(sample.tokens for sample in grown), len(self.request.ids)
        if in_phases(self.request.prompt, self.request.text, self.request.sampling):
            reads += sum(len(self.request.ids) + sample.tokens for sample in grown)
        return Generation(samples, capabilities.bill(reads, 0, drawn))

    def ended(self, capabilities: Capabilities) -> Generation:
        """End the request here, with the samples that have ended, for the same bill."""
        whole = [s.whole for _, s in sorted(self._samples.items()) if s.whole]
        return Generation(tuple(whole), self.cut(capabilities).usage)


@dataclass(slots=True)
class Call:
    """One request of a round: what is held for it, what came, or why nothing did."""

    parent: Candidate
    draft: Draft
    hold: Hold
    short_of: str | None
    result: Generation | EngineError | None = None

    @property
    def cap(self) -> int:
        """The most tokens each sample may have."""
        return self.draft.request.sampling.max_tokens

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What came."""
        return self.result.samples if isinstance(self.result, Generation) else ()
