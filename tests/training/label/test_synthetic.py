from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.base import ScorerUnavailable
from scorers.confidence import Confidence
from tests.search.world import Broken, SharesOfB
from tests.training.label.solutions import Baffled, Says, solution
from training.examples import Example
from training.label.errors import UnfitScorer
from training.label.judging import Judging
from training.label.synthetic import Supervision, Synthesised, ratings_of

RIGHT, WRONG = solution("a .9", "b .8"), solution("a .9", "b .7999", "c 1")
LONG = solution("long", "b 1")

Told = tuple[list[Example], list[tuple[Example, str]], Synthesised]


async def label(*examples: Example, scorer: SharesOfB | None = None, **options: object) -> Told:
    labelled: list[Example] = []
    unlabelled: list[tuple[Example, str]] = []
    supervision = Supervision(Judging(scorer or Says()), **options)  # type: ignore[arg-type]
    counts = await supervision.label(
        examples, labelled.append, lambda example, why: unlabelled.append((example, why))
    )
    return labelled, unlabelled, counts


def test_a_step_is_wrong_above_the_threshold_and_right_at_it() -> None:
    assert ratings_of([0.8]) == (1,)
    assert ratings_of([0.7999]) == (-1,)
    assert ratings_of([1 - 0.3], threshold=0.3) == (1,)


@given(st.integers(0, 999), st.floats(-6e-8, 6e-8))
def test_a_reward_in_single_precision_does_not_tip_the_scales(mille: int, error: float) -> None:
    assert ratings_of([1 - mille / 1000 + error], threshold=mille / 1000) == (1,)
    assert ratings_of([1 - mille / 1000 - 1e-4 + error], threshold=mille / 1000) == (-1,)


@given(st.lists(st.floats(0, 1)), st.floats(0, 1))
def test_labels_stop_at_the_first_wrong_step(rewards: list[float], threshold: float) -> None:
    ratings = ratings_of(rewards, threshold)
    assert -1 not in ratings[:-1]
    assert len(ratings) == len(rewards) or ratings[-1] == -1


async def test_solutions_have_labels_up_to_the_first_error() -> None:
    labelled, unlabelled, counts = await label(RIGHT, WRONG)
    assert [one.ratings for one in labelled] == [(1, 1), (1, -1)]
    assert [one.outcome for one in labelled] == [None, None]
    assert labelled[0].source == "says, wrong above 0.2"
    assert (unlabelled, counts.labelled) == ([], {"right": 1, "with an error": 1})
    assert counts.steps == {"right": 3, "wrong": 1}


async def test_a_solution_is_right_if_no_step_is_wrong() -> None:
    wrong = WRONG.model_copy(update={"outcome": True})
    labelled, _, _ = await label(RIGHT, wrong, outcomes=True)
    assert [one.outcome for one in labelled] == [True, False]
    kept, _, _ = await label(wrong)
    assert kept[0].outcome is True


@pytest.mark.parametrize("scorer", [Says(), Baffled(), Baffled(refused=True)])
async def test_what_is_not_judged_is_never_guessed_and_costs_others_nothing(scorer: Says) -> None:
    labelled, unlabelled, counts = await label(RIGHT, LONG, WRONG, scorer=scorer)
    assert [one.steps for one in labelled] == [RIGHT.steps, WRONG.steps]
    [(example, why)] = unlabelled
    assert (example, counts.unlabelled) == (LONG, 1)
    assert why in ("it is too long", "one is too long", "too many tokens")


async def test_many_solutions_are_judged_in_requests_of_a_few_and_come_in_order() -> None:
    many = [solution(f"{i} 1") for i in range(100)]
    scorer = Says()
    labelled, _, _ = await label(*many, scorer=scorer)
    assert [one.steps for one in labelled] == [one.steps for one in many]
    assert scorer.asked == [16] * 6 + [4]
    assert all(int(a.steps[0].split()[0]) < int(b.steps[0].split()[0])
               for a, b in pairwise(labelled))  # fmt: skip


async def test_labels_from_before_are_replaced() -> None:
    [example], _, _ = await label(RIGHT.model_copy(update={"values": (0.1, 0.2), "source": "x"}))
    assert (example.values, example.ratings) == (None, (1, 1))
    assert example.source == "x; says, wrong above 0.2"


async def test_a_scorer_of_whole_solutions_labels_no_steps() -> None:
    class Whole(Says):
        def opinion(self, candidate):
            verdict = super().opinion(candidate)
            return type(verdict)(verdict.score, (verdict.score,))

    with pytest.raises(UnfitScorer, match="gave 1 rewards for 2 steps"):
        await label(RIGHT, scorer=Whole())


async def test_a_scorer_that_needs_more_than_a_text_or_others_beside_it_is_refused() -> None:
    class Relative(Says):
        relative = True

    with pytest.raises(UnfitScorer, match="scorer sure reads the log-probabilities"):
        await label(RIGHT, scorer=Confidence("sure", "self_certainty", 5))  # type: ignore[arg-type]
    with pytest.raises(UnfitScorer, match="compares solutions with each other"):
        await label(RIGHT, scorer=Relative())


async def test_a_scorer_that_is_down_is_an_error() -> None:
    with pytest.raises(ScorerUnavailable):
        await label(RIGHT, scorer=Broken())
