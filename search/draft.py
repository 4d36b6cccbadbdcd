"""What has come of one request so far: kept so that a call cut short is not lost, nor free."""

from dataclasses import dataclass, field

from engines.base import Capabilities, Delta, Finish, Generation, Listener, Request, Sample, Step


@dataclass(slots=True)
class _Growing:
    text: str = ""
    tokens: int = 0
    finish: Finish | None = None


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
        if self.forward:
            self.forward(delta)

    def cut(self, capabilities: Capabilities) -> Generation:
        """End the request here: samples that were still growing are cut, as by a cap on tokens.

        The bill is the tokens that came, and the prompt's where they were ours to count.
        """
        grown = [self._samples[index] for index in sorted(self._samples)]
        samples = tuple(Sample(Step(s.text, s.tokens), s.finish or "length") for s in grown)
        drawn = sum(sample.tokens for sample in grown)
        return Generation(samples, capabilities.bill(len(self.request.ids), 0, drawn))
