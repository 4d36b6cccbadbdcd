"""A model whose ideas are known: it answers the prompts of the strategies by a script.

It has no skill, only habits, each a parameter below: which idea comes to mind, how closely a plan
keeps to the observations it is given, how often a right plan becomes a wrong program. What it says
is padded to lengths that stand to each other as those reported in arXiv:2409.03733, section 5:
a program that was thought about costs some six times as much as one that was not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from engines.base import Request
from engines.fake import FakeEngine
from evaluation.ideas.problem import IDEAS, IdeaProblem, idea
from scorers.diversity import COMPARISON, SUMMARY
from search.strategies.prompts import programs as said

_FIRST, _FURTHER = 5, 3
"""Ideas that a list of observations holds: first ones, and ones derived from others."""
_KEEPS_TO_THEM = 0.9
"""The chance that a plan rests on one of the observations it is given."""
_SLIPS = 0.1
"""The chance that the program of an idea has a mistake."""
_WORDS = 60
"""Of every reply but lists and verdicts."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One sample that is asked for.

    Attributes:
        problem: what it is about.
        turns: what was said, the problem first.
        chance: of this sample alone.
    """

    problem: IdeaProblem
    turns: Sequence[str]
    chance: Random

    @property
    def last(self) -> tuple[int, ...]:
        """The ideas that the last turn mentions."""
        return mentioned(self.turns[-1])

    def readily(self, number: int, without: Sequence[int] = ()) -> list[int]:
        """Return so many different ideas, as they come to mind, none of those left out."""
        weights = {i: w for i, w in enumerate(self.problem.weights) if i not in without}
        found: list[int] = []
        for _ in range(min(number, len(weights))):
            [place] = self.chance.choices(list(weights), list(weights.values()))
            found.append(place)
            del weights[place]
        return found


def mentioned(text: str) -> tuple[int, ...]:
    """Return the ideas that a text mentions, in words or by their programs, in its order."""
    places = {
        i: max(text.rfind(idea(i).words), text.rfind(idea(i).program.split("return ")[1].strip()))
        for i in range(IDEAS)
    }
    return tuple(sorted((i for i, at in places.items() if at >= 0), key=places.__getitem__))


def scripted(problems: Sequence[IdeaProblem]) -> FakeEngine:
    """Return a model that has the ideas of these problems, and answers about no others."""
    known = {problem.name: problem for problem in problems}

    def reply(request: Request, i: int) -> str:
        turns = [message.content for message in request.prompt.conversation.messages]
        chance = Random(f"{request.seed}/{request.id}/{i}")
        asked = _Asked(known[_name(turns)], turns, chance)
        stage = next(stage for mark, stage in _STAGES.items() if mark in turns[-1])
        return stage(asked)

    return FakeEngine(reply)


def _name(turns: Sequence[str]) -> str:
    """Return the name of the problem that a conversation is about."""
    start = turns[0].index("Problem ")
    return turns[0][start:].partition(":")[0]


def _padded(text: str) -> str:
    missing = _WORDS - len(text.split())
    return " ".join([*["hm"] * missing, text]) if missing > 0 else text


def _program(asked: _Asked, place: int) -> str:
    program = idea(place).program
    if asked.chance.random() < _SLIPS:
        program = program.rstrip() + " + 1\n"
    return _padded(f"so:\n```python\n{program}```")


def _observed(places: Sequence[int]) -> str:
    return "\n".join(f"One may {idea(place).words}." for place in places)


def _first(asked: _Asked) -> str:
    return _padded(_observed(asked.readily(_FIRST)))


def _derived(asked: _Asked) -> str:
    return _padded(_observed(asked.readily(_FURTHER, asked.last)))


def _listed(asked: _Asked) -> str:
    return _observed(mentioned(asked.turns[-2]))


def _as_python(asked: _Asked) -> str:
    return str([f"One may {idea(place).words}." for place in mentioned(asked.turns[-2])])


def _planned(asked: _Asked) -> str:
    given = asked.last
    kept = given and asked.chance.random() < _KEEPS_TO_THEM
    place = asked.chance.choice(given) if kept else asked.readily(1)[0]
    return _padded(f"I would {idea(place).words}.")


def _criticised(_: _Asked) -> str:
    return _padded("this may fail.")


def _fixed(asked: _Asked) -> str:
    [place] = asked.readily(1, mentioned("\n".join(asked.turns[1:-1])))
    return _padded(f"I would rather {idea(place).words}.")


def _followed(asked: _Asked) -> str:
    return _program(asked, asked.last[-1])


def _in_pseudocode(asked: _Asked) -> str:
    return _padded(f"{idea(asked.last[-1]).words}.")


def _at_once(asked: _Asked) -> str:
    return _program(asked, asked.readily(1)[0])


def _mended(asked: _Asked) -> str:
    tried = mentioned("\n".join(asked.turns[1:]))
    return _program(asked, asked.readily(1, tried)[0])


def _summed_up(asked: _Asked) -> str:
    return _padded(f"It is to {idea(asked.last[-1]).words}.") if asked.last else _padded("?")


def _compared(asked: _Asked) -> str:
    return "Yes." if len(asked.last) == 1 else "No."


_STAGES: Mapping[str, Callable[[_Asked], str]] = {
    said.FIRST.partition("{n}")[0]: _first,
    said.DERIVE.partition("{with_given}")[0]: _derived,
    said.LIST: _listed,
    said.FILTER: _listed,
    said.AS_PYTHON: _as_python,
    said.SKETCH: _planned,
    said.SKETCH_ALONE: _planned,
    said.IDEA: _planned,
    said.CRITICISE_PLAN: _criticised,
    said.FIX_PLAN: _fixed,
    said.PSEUDOCODE: _in_pseudocode,
    said.FOLLOW: _followed,
    said.MEND_PROGRAM: _mended,
    said.CODE: _at_once,
    SUMMARY.partition("\n\n")[0]: _summed_up,
    COMPARISON.partition("\n\n")[0]: _compared,
}
"""What it does when the last turn says so; the first that is said counts."""
