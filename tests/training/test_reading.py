import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.fake import FakeEngine
from scorers.build import open_scorer
from scorers.prm import PrmPoolingConfig
from tests.scorers.candidates import LastWord
from tests.scorers.pooling import Pooling, serving
from tests.training.solutions import example, lab, letters
from training.verifier.config import TrainConfig
from training.verifier.errors import Unreadable
from training.verifier.reading import Reader, candidate_of, family_of, scorer_of

SOLUTIONS = (
    example("2+12", "14"),
    example("2+12\n\n= 14", " ", "14\n", question="How much\nis it?"),
    example("", "one"),
)


def reader(tokenize=letters, **settings) -> Reader:
    family = family_of(scorer_of(TrainConfig(**settings)))
    return Reader(family.layout, tokenize)


async def sent(solution, **settings) -> str | list[int]:
    """What a served verifier of the same settings is sent."""
    async with serving(Pooling()) as server:
        told = scorer_of(TrainConfig(**settings)) | {"url": server.url}
        config = PrmPoolingConfig.model_validate(told)
        async with open_scorer("it", config, FakeEngine(lambda *_: ""), LastWord()) as scorer:
            await scorer.judge((candidate_of(solution),))
    return server.seen[-1]["input"][0]


@pytest.mark.parametrize("solution", SOLUTIONS)
async def test_the_text_that_is_read_is_the_one_the_scorer_sends(solution):
    text = await sent(solution)
    assert isinstance(text, str)
    assert reader().read(solution).ids == letters(text, True)


async def test_the_laboratorys_tokens_that_are_read_are_those_of_the_text_that_is_sent():
    text = await sent(example())
    assert isinstance(text, str)
    assert reader(lab).read(example()).ids == lab(text, True)


@pytest.mark.parametrize("solution", SOLUTIONS)
@pytest.mark.parametrize("family", ["trl", "pure"])
async def test_the_ids_that_are_read_are_the_ones_the_scorer_sends(solution, family):
    ids = await sent(solution, family=family)
    # The stub server has no token before a text.
    assert (
        list(reader(lambda text, _: letters(text, False), family=family).read(solution).ids) == ids
    )


def test_a_step_ends_at_the_separator_behind_it():
    reading = reader().read(example("ab", "", "c\nd", question="q"))
    ends = [reading.ids[end] if end is not None else None for end in reading.steps]
    assert ends == [10, None, 10]
    assert reading.steps == (5, None, 9)
    assert reading.ends == (5, 7, 9)


@pytest.mark.parametrize("family", ["lines", "trl"])
def test_the_solution_begins_behind_the_question(family):
    reading = reader(family=family).read(example("ab", question="q"))
    assert reading.ids[reading.begin :] == letters("ab\n", False)


def test_a_tokenizer_that_joins_separators_with_words_is_refused_with_advice():
    def joining(text: str, special: bool) -> tuple[int, ...]:
        return letters(text.replace("4\n", "J"), special)

    with pytest.raises(Unreadable, match=r"3 separators have 2 tokens.* as trl"):
        reader(joining).read(example("2+12", "14"))
    assert reader(joining, family="trl").read(example("2+12", "14")).written.counts == (1, 1)


def test_a_separator_without_a_token_is_refused():
    with pytest.raises(Unreadable, match="has no token"):
        reader(lambda *_: ())


def test_a_solution_drawn_whole_is_read_as_its_lines():
    assert reader().read(example("2+12\n14")).ids == reader().read(example("2+12", "14")).ids


texts = st.text(alphabet="ab \n", max_size=6)


@given(st.lists(texts, min_size=1, max_size=6), st.sampled_from(["lines", "trl", "pure"]))
def test_every_step_with_text_ends_at_a_separator_of_its_own(steps, family):
    one = reader(family=family)
    reading = one.read(example(*steps))
    told = [end for end in reading.steps if end is not None]
    assert [end is not None for end in reading.steps] == [bool(step.strip()) for step in steps]
    assert told == sorted(set(told))
    assert set(told) <= set(reading.ends)
    assert all(reading.ids[end] == one.tag for end in reading.ends)


@given(st.lists(texts, min_size=1, max_size=6))
def test_every_step_of_a_solution_with_text_has_a_reward(steps):
    reading = reader().read(example(*steps))
    rewards = reading.rewards(tuple(0.5 for _ in reading.ends), "last")
    assert len(rewards) == (len(steps) if any(step.strip() for step in steps) else 0)
