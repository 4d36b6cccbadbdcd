"""Labelled solutions, and what a scorer says of them."""

from evaluation.rating import rate, targets
from evaluation.verification import Rated
from scorers.base import Abstention, Judgement
from scorers.vote import Vote
from tests.search.world import LastWord, SharesOfB
from training.examples import Example


class Counting(SharesOfB):
    """Notes the texts it is shown in each call, and has nothing to say of "?"."""

    def __init__(self) -> None:
        self.shown: list[list[str]] = []

    async def judge(self, candidates):
        self.shown.append([c.text for c in candidates])
        judged = await super().judge(candidates)
        pairs = zip(candidates, judged.opinions, strict=True)
        opinions = (Abstention("a riddle") if "?" in c.text else o for c, o in pairs)
        return Judgement(tuple(opinions), judged.usage)


class OneReward(SharesOfB):
    async def judge(self, candidates):
        judged = await super().judge(candidates)
        return Judgement(tuple(type(o)(o.score, (o.score,)) for o in judged.opinions))


def example(*steps: str, question="Q", **labels) -> Example:
    return Example(question=question, steps=steps, **labels)


async def test_scores_are_beside_outcomes_by_question() -> None:
    examples = [
        example("b", "a", outcome=True),
        example("a", question="other", outcome=True),
        example("b", outcome=False),
    ]
    ratings = await rate(examples, SharesOfB(), level="solution")
    assert ratings.questions == {"Q": [Rated(0.5, 1), Rated(1, 0)], "other": [Rated(0, 1)]}
    assert (ratings.solutions, ratings.left_out, ratings.unlabelled) == (3, {}, 0)


async def test_rewards_are_beside_the_labels_of_their_steps() -> None:
    examples = [
        example("b", "a", "b", ratings=(1, -1)),
        example("a", "b", "a", values=(0.25, None, 0.5)),
        example("a", "b", ratings=(None, 0)),
    ]
    ratings = await rate(examples, SharesOfB(), level="step")
    told = [(1, 1), (0, 0), (0, 0.25), (0, 0.5), (1, 1)]
    assert ratings.questions == {"Q": [Rated(*pair) for pair in told]}


def test_neutral_steps_are_right_and_outcomes_are_no_labels_of_steps() -> None:
    rated = example("a", "b", "c", ratings=(1, 0, -1), outcome=False)
    assert (targets(rated, "step"), targets(rated, "solution")) == ([1, 1, 0], [0])
    assert targets(example("a", outcome=True), "step") == []


async def test_what_has_no_label_is_not_shown_and_counted() -> None:
    scorer = Counting()
    examples = [example("a"), example("b", outcome=True), example("c", ratings=(None,))]
    assert (await rate(examples, scorer, level="solution")).unlabelled == 2
    assert (await rate(examples, scorer, level="step")).unlabelled == 3
    assert scorer.shown == [["b"]]


async def test_an_abstention_is_counted_by_its_reason_and_never_a_number() -> None:
    examples = [example(text, outcome=True) for text in ("a?", "b?", "b")]
    ratings = await rate(examples, Counting(), level="solution")
    assert (ratings.questions, ratings.solutions) == ({"Q": [Rated(1, 1)]}, 1)
    assert ratings.left_out == {"a riddle": 2}


async def test_where_all_are_abstained_on_the_reason_is_kept_too() -> None:
    ratings = await rate([example("a?", outcome=True)], Counting(), level="solution")
    assert (ratings.questions, ratings.left_out) == ({}, {"a riddle": 1})


async def test_one_reward_in_all_is_none_of_a_step() -> None:
    examples = [example("a", "b", ratings=(1, 1)), example("b", ratings=(1,))]
    ratings = await rate(examples, OneReward(), level="step")
    assert ratings.left_out == {"the rewards are not one a step": 1}
    assert ratings.questions == {"Q": [Rated(1, 1)]}


async def test_questions_are_judged_some_at_a_time_and_never_in_parts() -> None:
    scorer, told = Counting(), []
    names = [f"{i % 10}" for i in range(130)]
    examples = [example(f"b{i}", question=q, outcome=True) for i, q in enumerate(names)]
    await rate(examples, scorer, level="solution", progress=told.append)
    assert told == [len(shown) for shown in scorer.shown] == [52, 52, 26]
    assert scorer.shown[0][:13] == [f"b{i}" for i in range(0, 130, 10)]


async def test_who_judges_by_the_others_is_shown_one_question_at_a_time() -> None:
    examples = [example(f"Answer: {a}", question=q, outcome=True)
                for q, a in (("1", "x"), ("2", "x"), ("1", "y"), ("1", "x"))]  # fmt: skip
    ratings = await rate(examples, Vote("vote", LastWord(), None), level="solution")
    scores = {q: [round(r.score, 2) for r in rated] for q, rated in ratings.questions.items()}
    assert scores == {"1": [0.67, 0.33, 0.67], "2": [1]}


async def test_steps_end_as_they_are_told_to() -> None:
    scorer = Counting()
    await rate([example("a", "b", outcome=True)], scorer, level="solution", step_end="\n")
    assert scorer.shown == [["a\nb"]]
