"""Solutions as a verifier reads them, in training as behind a server. Knows no torch.

What is written is `scorers.layout`'s, and what is tokenized apart `scorers.ids`'s: a model that was
trained on these ids is sent the same ones by `prm_pooling`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from pydantic import HttpUrl, JsonValue

from engines.base import Prompt, Step
from engines.conversation import Conversation, Message
from scorers.base import Aggregation, Candidate, aggregate
from scorers.families import FAMILIES, Family
from scorers.ids import joined, parts
from scorers.layout import Layout, Written
from scorers.prm import PrmPoolingConfig
from training.examples import Example
from training.tuning.rows import Tokenize
from training.verifier.config import TrainConfig
from training.verifier.errors import Unreadable

_SHOWN = 80
_SOMEWHERE = "http://localhost:8001"
_TOLD = ("kind", "url", "family", "split", "positive", "aggregation")


@dataclass(frozen=True, slots=True)
class Reading:
    """One solution's tokens.

    Attributes:
        ids: (T,) all of them.
        begin: the place of the solution's first one; those before are the question's.
        ends: (P,) the places of the separators that end its pieces.
        written: what the pieces are, and whose.
    """

    ids: tuple[int, ...]
    begin: int
    ends: tuple[int, ...]
    written: Written

    @property
    def steps(self) -> tuple[int | None, ...]:
        """(S,) the place of the separator that ends each step, `None` for one without text."""
        return tuple(self._steps())

    def rewards(self, pieces: tuple[float, ...], how: Aggregation) -> tuple[float, ...]:
        """Return (S,) steps' rewards out of those of (P,) pieces; none of an empty solution."""
        if self.written.empty:
            return ()
        return tuple(aggregate(step, how) for step in self.written.by_step(pieces))

    def _steps(self) -> Iterator[int | None]:
        done = 0
        for count in self.written.counts:
            done += count
            yield self.ends[done - 1] if count else None


def scorer_of(config: TrainConfig) -> dict[str, JsonValue]:
    """Return the configuration of the scorer that asks for this verifier's rewards, once served.

    A family that splits steps nowhere does at its separators, for a solution may be drawn whole.
    """
    layout = FAMILIES[config.family].layout
    served = PrmPoolingConfig(
        url=HttpUrl(_SOMEWHERE),
        family=config.family,
        split=config.split or layout.split or layout.separator,
        positive=config.positive,
        aggregation=config.aggregation,
    )
    fields: dict[str, JsonValue] = served.model_dump(mode="json", exclude_none=True)
    return {name: fields[name] for name in _TOLD}


def family_of(scorer: Mapping[str, JsonValue]) -> Family:
    """Return what that scorer would write, and how it would read the rows that come back.

    Raises:
        ValidationError: it is no such configuration.
    """
    return PrmPoolingConfig.model_validate(scorer).family_for("")


class Reader:
    """Reads solutions with one model's tokenizer.

    Raises:
        Unreadable: the separator has no token.
    """

    def __init__(self, layout: Layout, tokenize: Tokenize) -> None:
        self._layout, self._tokenize = layout, tokenize
        separator = tokenize(layout.separator, False)
        if not separator:
            raise Unreadable(f"the separator {layout.separator!r} has no token in this model")
        self.tag = separator[-1]

    def read(self, example: Example) -> Reading:
        """Return an example's tokens.

        Raises:
            Unreadable: the tokenizer joins separators with what is beside them.
        """
        written = self._layout.write(candidate_of(example))
        return self._apart(written) if self._layout.apart else self._whole(written)

    def _apart(self, written: Written) -> Reading:
        wanted = parts(self._layout.separator, (written,))
        known = {part: self._tokenize(*part) for part in wanted}
        encoded = joined(self._layout.separator, written, known)
        return Reading(encoded.ids, encoded.begins, encoded.ends, written)

    def _whole(self, written: Written) -> Reading:
        ids, before = self._tokenize(written.text, True), self._tokenize(written.prefix, True)
        tags = [place for place, token in enumerate(ids) if token == self.tag]
        ends = written.own(tags)
        if ends is None:
            raise Unreadable(
                f"{written.tags} separators have {len(tags)} tokens of their own in "
                f"{written.text[:_SHOWN]!r}: choose a family that tokenizes steps apart, as trl"
            )
        same = takewhile(lambda pair: pair[0] == pair[1], zip(ids, before, strict=False))
        return Reading(ids, sum(1 for _ in same), tuple(ends), written)


def candidate_of(example: Example) -> Candidate:
    """Return the finished candidate that a scorer would be shown."""
    prompt = Prompt(Conversation((Message("user", example.question),)))
    return Candidate(prompt, tuple(Step(text, 0) for text in example.steps), "eos")
