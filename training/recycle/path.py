"""A sample's way from its own pair to the version that is kept: what is wanted next, by the rules.

Source: arXiv:2402.10110, section 3. Differs from the paper: as soon as a score cannot be told the
sample is dropped, so that no more of it is asked.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from training.pairs import Pair
from training.recycle.parsing import Reading
from training.recycle.records import Done, Scored, Step, Told
from training.recycle.reflection import Stage, read
from training.recycle.samples import Sample
from training.recycle.selection import Choice, harder, known, select

Version: TypeAlias = Literal["original", "instruction", "response"]
"""The pair as it was, with the reflected instruction and its answer, with the better response."""
Came: TypeAlias = Reading | Literal["too_long", "given"]
"""What came of reflecting: also that there was no room for it, or that it was there before."""


@dataclass(frozen=True, slots=True)
class Want:
    """What is to be done next, with which pair."""

    step: Step
    pair: Pair


@dataclass(frozen=True, slots=True)
class Written:
    """A version of a sample, with its scores."""

    pair: Pair
    scored: Scored


_UNIMPROVED = Choice("original", "not improved")


@dataclass(slots=True)
class Outcome:
    """What became of a sample: its versions so far, what came of reflecting, and the choice.

    `cut` is how many replies were ended by the cap on their tokens.
    """

    versions: dict[Version, Written] = field(default_factory=dict)
    came: dict[Stage, Came] = field(default_factory=dict)
    choice: Choice = _UNIMPROVED
    cut: int = 0

    @property
    def kept(self) -> Written | None:
        """The version that is kept, if one is."""
        return self.versions["response"] if self.choice.kept else None

    def choose(self) -> None:
        """Choose among the versions there are."""
        scored = {name: written.scored for name, written in self.versions.items()}
        self.choice = select(scored["original"], scored.get("instruction"), scored.get("response"))

    def all_known(self) -> bool:
        """Say whether all scores so far are numbers."""
        return all(known(written.scored) for written in self.versions.values())


_Going: TypeAlias = Generator[Want, Done, None]


def follow(sample: Sample, done: Callable[[Step], Done | None]) -> Want | Outcome:
    """Return what is to be done next for a sample, or what became of it, by what is done."""
    outcome = Outcome()
    going = _path(sample, outcome)
    try:
        want = next(going)
        while (record := done(want.step)) is not None:
            want = going.send(record)
    except StopIteration:
        outcome.choose()
        return outcome
    return want


def _path(sample: Sample, outcome: Outcome) -> _Going:
    yield from _score("original", sample.pair, outcome)
    if outcome.all_known() and sample.better is None:
        yield from _instruction(sample.pair, outcome)
    if outcome.all_known():
        yield from _response(sample, outcome)


def _instruction(pair: Pair, outcome: Outcome) -> _Going:
    texts = yield from _reflect("instruction", pair, outcome)
    if texts:
        instruction, response = texts
        new = replace(pair, instruction=instruction, response=response)
        yield from _score("instruction", new, outcome)


def _response(sample: Sample, outcome: Outcome) -> _Going:
    own, reflected = outcome.versions["original"], outcome.versions.get("instruction")
    better = reflected is not None and harder(own.scored, reflected.scored)
    picked = reflected.pair if reflected is not None and better else own.pair
    if sample.better is None:
        texts = yield from _reflect("response", picked, outcome)
    else:
        texts, outcome.came["response"] = (sample.better,), "given"
    if texts:
        yield from _score("response", replace(picked, response=texts[0]), outcome)


def _reflect(stage: Stage, pair: Pair, outcome: Outcome) -> Generator[Want, Done, tuple[str, ...]]:
    told = yield Want(_REFLECT[stage], pair)
    assert isinstance(told, Told)
    outcome.cut += told.reply.cut
    found = read(stage, told.reply.text)
    outcome.came[stage] = "too_long" if told.reply.too_long else found.how
    return found.texts


def _score(version: Version, pair: Pair, outcome: Outcome) -> _Going:
    scored = yield Want(_SCORE[version], pair)
    assert isinstance(scored, Scored)
    outcome.versions[version] = Written(pair, scored)


_REFLECT: Mapping[Stage, Step] = {
    "instruction": "reflect on instruction",
    "response": "reflect on response",
}
_SCORE: Mapping[Version, Step] = {
    "original": "score original",
    "instruction": "score instruction",
    "response": "score response",
}
STAGES: Mapping[Step, Stage] = {step: stage for stage, step in _REFLECT.items()}
"""What is reflected on in the steps that reflect."""
