from collections.abc import Sequence

import pytest

from engines.base import Finish, Generation, Prompt, Request, Sample, Sampling, Step
from engines.conversation import Conversation, Message
from engines.usage import Usage
from search.events import Generated
from tests.training.export.world import QUESTION, stored
from training.pairs import Pair
from training.recycle.samples import Data
from training.recycle.samples import Sample as Recycled
from training.recycle.searched import Searched, baseline
from training.traces import Returned, StoredSearch


def drawn(
    *texts: str,
    finish: Finish = "eos",
    steps: Sequence[str] = (),
    asked: Conversation = QUESTION,
    cut: bool = False,
) -> Generated:
    """Tell of samples that were drawn behind steps."""
    taken = tuple(Step(text, 1) for text in steps)
    request = Request("1", Prompt(asked), taken, len(texts), Sampling(9), 0)
    samples = tuple(Sample(Step(text, 1), finish) for text in texts)
    return Generated(request, Generation(samples, Usage()), cut)


def read(*searches: StoredSearch, **how: object) -> tuple[list[Recycled], dict[str, int]]:
    searched = Searched(lambda: searches, **how)  # type: ignore[arg-type]
    return list(searched.read()), dict(searched.left_out)


def test_a_searchs_answer_is_held_against_its_first_sample() -> None:
    returned = Returned("It is 4.", True, 0.9, False)
    [sample], _ = read(stored(drawn("3", "It is 4."), returned=returned))
    pair = Pair("2 + 2?", "3", (Message("system", "Be brief."),))
    assert sample == Recycled(1, pair, "It is 4.")


def test_the_first_sample_is_the_first_that_came_to_its_end() -> None:
    other = Conversation((Message("user", "Check: 3"),))
    events = (
        drawn("cut off", finish="length"),
        drawn("late", cut=True),
        drawn("no answer", asked=other),
        drawn("a step\n\n", finish="stop"),
        drawn("4", steps=("a step\n\n",)),
        drawn("5"),
    )
    [sample], _ = read(stored(*events))
    assert sample.pair.response == "a step\n\n4"


def test_data_give_the_original_responses_where_there_are_any() -> None:
    known = baseline([Pair("2 + 2?", "five", QUESTION.messages[:1]), Pair("2 + 2?", "six")])
    [sample], _ = read(stored(drawn("3")), originals=known)
    assert sample.pair.response == "five"
    assert read(stored(drawn("3")), originals={}) == ([], {"has no original response": 1})


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        (Returned("4", False, 0.9, False), "did not come to its end"),
        (Returned("4", True, None, True), "the scorer abstained"),
    ],
)
def test_what_is_not_to_be_learnt_is_left_out_and_counted(returned: Returned, why: str) -> None:
    assert read(stored(drawn("3"), returned=returned)) == ([], {why: 1})


def test_equal_answers_to_a_question_are_there_once() -> None:
    samples, left_out = read(stored(drawn("3")), stored(drawn("5")))
    assert (len(samples), left_out) == (1, {"repeated": 1})


def test_a_search_without_a_plain_answer_is_left_out() -> None:
    assert read(stored()) == ([], {"has no original response": 1})


def test_other_data_have_another_fingerprint() -> None:
    one, other = (Data.of(lambda text=text: [Recycled(1, Pair("a", "b"), text)]) for text in "cd")
    assert one.fingerprint != other.fingerprint
    assert one.n == 1


def test_a_limit_takes_the_first_of_the_same_data() -> None:
    samples = [Recycled(i, Pair(f"a{i}", "b")) for i in range(1, 5)]
    few, every = Data.of(lambda: samples, 2), Data.of(lambda: samples)
    assert [sample.id for sample in few.read()] == [1, 2]
    assert (few.fingerprint, few.n, every.n) == (every.fingerprint, 2, 4)
