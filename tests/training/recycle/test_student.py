"""A student's scores are of the right tokens, after the right context."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import exp, isnan, log

import pytest

from engines.base import Capabilities, Prompt, Usage
from engines.conversation import Conversation, Message
from engines.errors import EngineUnavailable, RequestRefused, Unsupported
from engines.fake import FakeEngine
from training.pairs import Pair
from training.recycle.scores import Scores
from training.recycle.student import Student, reading

ABLE = Capabilities("fake", context=10_000, token_ids=True, prompt_logprobs=10_000, parameters=0.5)
PAIR = Pair("Name a colour.", "It is blue today.")


def never(*_: object) -> str:
    raise AssertionError("nothing is to be drawn")


def by_length(ids: Sequence[int]) -> float:
    """Each token is less likely than the one before it."""
    return -float(len(ids))


def repeated(ids: Sequence[int]) -> float:
    """Words that the text has already are likely, all others as unlikely as each other."""
    return log(0.9) if ids[-1] in ids[:-1] else log(0.01)


def fake(reading: Callable[[Sequence[int]], float] = by_length, **able: int) -> FakeEngine:
    return FakeEngine(never, reading=reading, capabilities=replace(ABLE, **able))


async def scores(pair: Pair = PAIR, engine: FakeEngine | None = None, **how) -> Scores:
    [found] = await Student(engine or fake(), **how).score([pair])
    return found


async def test_only_the_responses_own_tokens_are_in_the_mean() -> None:
    told, asked = await scores(), 4
    # After the instruction's tokens at places 5 to 8, alone at 2 to 4.
    assert told.losses.response_given_instruction == asked + 2.5
    assert told.losses.response == 3
    assert told.ifd == pytest.approx(exp(asked + 2.5 - 3))


async def test_the_instruction_is_guessed_from_the_response_in_the_same_way() -> None:
    engine = fake()
    told = await scores(engine=engine)
    [asked] = {len(ids) - 3 for _, ids in engine.read if len(ids) > 20}
    assert told.losses.instruction_given_response == asked + 2
    assert told.losses.instruction == 2.5
    assert told.r_ifd == pytest.approx(exp(asked + 2 - 2.5))


async def test_the_instructions_tokens_do_not_count_only_what_they_do_to_the_responses() -> None:
    engine = fake(lambda ids: -1.0 if len(ids) > 4 else -1.5)
    short = await scores(PAIR, engine)
    long = await scores(Pair("Say what the weather is like.", PAIR.response), engine)
    assert short.instruction_tokens != long.instruction_tokens
    assert short.ifd == long.ifd


async def test_an_instruction_that_has_the_responses_words_makes_it_easier() -> None:
    easy = await scores(Pair("Say: it is blue today", "it is blue today"), fake(repeated))
    hard = await scores(Pair("Say what you like", "it is blue today"), fake(repeated))
    assert easy.ifd < 1 == pytest.approx(hard.ifd)


async def test_a_token_that_begins_every_text_makes_the_first_one_count_alone_too() -> None:
    class Beginning(FakeEngine):
        async def render(self, conversation: Conversation) -> Prompt:
            prompt = await super().render(conversation)
            return replace(prompt, ids=(1, *(prompt.ids or ())))

    engine = Beginning(never, reading=by_length, capabilities=ABLE)
    assert (await scores(engine=engine)).losses.response == 3.5
    assert (await scores(Pair("Hi", "yes"), engine)).losses.response == 2


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (Pair("Hello you", ""), ("response_empty", "response_empty")),
        (Pair("Hello you", " \n"), ("response_empty", "response_empty")),
        (Pair("Hello you", "yes"), ("response_of_one_token", None)),
        (Pair("Hello", "yes sir"), (None, "instruction_of_one_token")),
        (Pair("x " * 60, "yes sir"), ("too_long", None)),
    ],
)
async def test_what_cannot_be_computed_is_no_number_and_says_why(pair: Pair, why) -> None:
    told = await scores(pair, fake(prompt_logprobs=60))
    assert (told.ifd_missing, told.r_ifd_missing) == why
    assert (isnan(told.ifd), isnan(told.r_ifd)) == tuple(reason is not None for reason in why)


class Refusing(FakeEngine):
    """Has a template that takes nothing but one turn, or not even that."""

    def __init__(self, turns: int) -> None:
        super().__init__(never, reading=by_length, capabilities=ABLE)
        self._turns = turns

    async def render(self, conversation: Conversation) -> Prompt:
        if conversation.raw is None and len(conversation.messages) > self._turns:
            raise RequestRefused("conversation roles must alternate")
        return await super().render(conversation)


async def test_a_pair_that_the_template_does_not_take_has_no_ifd_and_others_have() -> None:
    student = Student(Refusing(1))
    odd = replace(PAIR, before=(Message("system", "Be brief."),))
    await student.check()
    told = await student.score([PAIR, odd])
    assert [one.ifd_missing for one in told] == [None, "template_refused"]
    assert [one.r_ifd_missing for one in told] == [None, None]


async def test_a_model_without_a_chat_template_is_told_to_take_another_one() -> None:
    with pytest.raises(RequestRefused, match=r"choose another .*: alpaca, vicuna, wizard") as error:
        await Student(Refusing(0)).check()
    assert error.value.param == "template"
    await Student(Refusing(0), "vicuna").check()


async def test_a_probability_of_nothing_is_no_score() -> None:
    told = await scores(engine=fake(lambda _: float("-inf")))
    assert (told.ifd_missing, told.r_ifd_missing) == ("no_number", "no_number")


@pytest.mark.parametrize("limit", [{"prompt_logprobs": 60}, {"context": 60}])
async def test_a_long_response_is_cut_alike_after_its_instruction_and_alone(limit) -> None:
    engine = fake(**limit)
    told = await scores(Pair("Name a colour.", "blue " * 100), engine)
    assert told.cut
    assert sorted(len(ids) for _, ids in engine.read) == [56, 60]
    assert (told.response_tokens, told.r_ifd_missing) == (100, "too_long")


async def test_the_papers_limit_binds_where_the_model_reads_more() -> None:
    engine = fake()
    assert (await scores(Pair("Name a colour.", "blue " * 3000), engine)).cut
    assert max(len(ids) for _, ids in engine.read) == 2048


async def test_nothing_is_cut_of_what_fits() -> None:
    assert not (await scores()).cut


async def test_the_template_stands_before_the_response() -> None:
    chat, vicuna, bare = fake(repeated), fake(repeated), fake(repeated)
    pair = Pair("Say polite answers", "polite answers to the user")
    assert (await scores(pair, vicuna, template="vicuna")).ifd < (await scores(pair, chat)).ifd
    await scores(pair, bare, template="wizard")
    # "Say polite answers\n\n### Response:" and the response, whose first word stands by itself.
    assert len(bare.read[0][1]) == 5 + 5


async def test_earlier_turns_stand_before_the_response_and_not_in_its_guess() -> None:
    engine = fake(repeated)
    before = (Message("user", "It is blue today?"), Message("assistant", "Yes."))
    told, alone = await scores(replace(PAIR, before=before), engine), await scores(PAIR, engine)
    assert told.ifd < alone.ifd
    assert told.r_ifd == alone.r_ifd


async def test_what_a_pair_cost_is_on_its_bill() -> None:
    engine = fake()
    told = await scores(engine=engine)
    tokens = sum(len(ids) for _, ids in engine.read)
    assert told.usage == Usage(tokens, calls=1, flops=tokens)
    assert (await scores(Pair("Hi", ""), engine)).usage == Usage()


async def test_many_pairs_are_told_in_their_order_with_what_all_cost() -> None:
    told, engine = list[tuple[int, str, Scores]](), fake()
    pairs = [Pair(f"Say {i}", "yes " * (i % 5 + 2)) for i in range(30)]
    usage = await Student(engine).score_each(
        pairs, lambda i, pair, found: told.append((i, pair.instruction, found)), concurrency=3
    )
    assert [(i, said) for i, said, _ in told] == [(i, f"Say {i}") for i in range(30)]
    assert usage == sum((found.usage for *_, found in told), Usage())
    assert [found for *_, found in told] == await Student(engine).score(pairs)


async def test_of_many_pairs_only_a_few_are_held() -> None:
    taken, told, most = 0, 0, list[int]()

    def many() -> Iterator[Pair]:
        nonlocal taken
        for taken in range(1, 201):
            most.append(taken - told)
            yield PAIR

    def hear(place: int, *_: object) -> None:
        nonlocal told
        told = place + 1

    await Student(fake()).score_each(many(), hear, concurrency=2)
    assert (told, max(most)) == (200, 8)


async def test_an_engine_that_fails_ends_the_scoring_with_its_own_error() -> None:
    def down(_: Sequence[int]) -> float:
        raise EngineUnavailable("it is down")

    with pytest.raises(EngineUnavailable, match="it is down"):
        await Student(fake(down)).score_each([PAIR] * 9, lambda *_: None)


@pytest.mark.parametrize("able", [{"prompt_logprobs": 0}, {"token_ids": False}])
def test_an_engine_that_tells_no_log_probabilities_is_refused_by_its_name(able) -> None:
    with pytest.raises(Unsupported, match="the engine of fake tells no") as refused:
        reading(fake(**able))
    assert refused.value.param == "model"
