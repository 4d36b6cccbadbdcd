"""llama.cpp's stream of `/completion`, read into samples. No I/O.

Every event is of one sample, by `index`: `content`, `tokens` and, if asked for,
`completion_probabilities` of what was just drawn; the last one has `stop` true and the totals.
The server's text is not all: it stops before the stop string, and leaves out what might have
become one when the cap on tokens came. The ids are all there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engines.base import Capabilities, Finish, Sample, Step
from engines.completions import certainty, likeliest
from engines.drawn import Drawn, Token
from engines.errors import EngineUnavailable
from engines.usage import Usage

_FINISH: Final[Mapping[str, Finish]] = {"eos": "eos", "word": "stop", "limit": "length"}
_BROKEN = "\N{REPLACEMENT CHARACTER}"


@dataclass(slots=True)
class Growing:
    """One sample, from the events so far.

    `alternatives` is how many log-probabilities to use, `shown` how many tokens to keep of each
    place.
    """

    alternatives: int
    text: str = ""
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    certainty: list[float] = field(default_factory=list)
    shown: int | None = None
    drawn: list[Drawn] = field(default_factory=list)
    withheld: bool = False
    end: Mapping[str, Any] | None = None

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in an event of this sample."""
        if event["stop"]:
            self.end = event
            return
        self.text += event["content"]
        self.ids += event["tokens"]
        self.withheld = not event["content"]
        for drawn in event.get("completion_probabilities", ()):
            self._weigh(drawn)

    def _weigh(self, drawn: Mapping[str, Any]) -> None:
        if self.alternatives:
            tops = [top["logprob"] for top in drawn["top_logprobs"]]
            self.logprobs.append(drawn["logprob"])
            self.certainty.append(certainty(tops, self.alternatives))
        if self.shown is not None:
            tokens = [_token(top) for top in drawn["top_logprobs"]]
            self.drawn.append(Drawn(_token(drawn), likeliest(tokens, self.shown)))

    @property
    def finish(self) -> Finish:
        """Why it ended; `EngineUnavailable` if the server did not say."""
        if self.end is None or self.end["stop_type"] not in _FINISH:
            raise EngineUnavailable("the server ended a sample without saying why")
        return _FINISH[self.end["stop_type"]]

    @property
    def stop(self) -> str | None:
        """The stop string that ended it, if one did."""
        return self.end["stopping_word"] if self.end and self.finish == "stop" else None

    @property
    def cut(self) -> bool:
        """Whether the ids may say more than the text and the stop string."""
        return self.finish == "stop" or (self.finish == "length" and self.withheld)

    def complete(self, said: str) -> None:
        """Take the text from what the ids say, if the two agree as far as the text goes.

        Half a character at the end is left out. They disagree where a special token, which has
        no text, was drawn.
        """
        known = self.text + (self.stop or "")
        said = said.rstrip(_BROKEN)
        self.text = said if said.startswith(known) else known

    def sample(self) -> Sample:
        """Return the sample, ended and complete."""
        step = Step(
            self.text,
            len(self.ids),
            tuple(self.ids),
            tuple(self.logprobs) if self.alternatives else None,
            tuple(self.certainty) if self.alternatives else None,
            None if self.shown is None else tuple(self.drawn),
        )
        return Sample(step, self.finish, self.stop)


def _token(said: Mapping[str, Any]) -> Token:
    return Token(said["token"], said["logprob"], tuple(said["bytes"]))


def usage(grown: Sequence[Growing], capabilities: Capabilities) -> Usage:
    """Return what (n,) samples of one call cost: the prompt they share was computed once."""
    ends = [sample.end for sample in grown if sample.end is not None]
    prompt, cached = ends[0]["tokens_evaluated"], ends[0]["timings/cache_n"]
    drawn = sum(end["tokens_predicted"] for end in ends)
    return capabilities.bill(prompt, cached, drawn)
