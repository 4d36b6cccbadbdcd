import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.measures import Rated, auc, separation

scores = st.lists(st.integers(0, 5).map(float), max_size=8)


@given(scores, scores)
def test_the_auc_is_the_share_of_pairs_in_the_right_order(right, wrong):
    pairs = [(r > w) + (r == w) / 2 for r in right for w in wrong]
    expected = sum(pairs) / len(pairs) if pairs else None
    assert auc(right, wrong) == pytest.approx(expected)


def rated(question: str, right: list[float], wrong: list[float]) -> list[Rated]:
    sides = ((right, True), (wrong, False))
    return [Rated(question, score, side) for given, side in sides for score in given]


def test_only_solutions_of_the_same_question_are_compared():
    easy, hard = rated("easy", [0.9], [0.8]), rated("hard", [0.2], [0.1, 0.3])
    found = separation([*easy, *hard])
    assert found is not None
    assert (found.auc, found.questions) == (0.75, 2)
    assert found.low <= found.auc <= found.high


def test_a_score_that_only_knows_hard_questions_separates_nothing():
    found = separation([*rated("easy", [0.9] * 3, [0.9]), *rated("hard", [0.1], [0.1] * 3)])
    assert found is not None
    assert (found.auc, found.low, found.high) == (0.5, 0.5, 0.5)


def test_questions_without_both_say_nothing():
    assert separation(rated("q", [0.9], [])) is None
    assert separation([]) is None


def test_the_interval_of_many_questions_is_narrower():
    def width(n: int) -> float:
        each = [rated(str(i), [float(i % 4 > 0)], [0.5]) for i in range(n)]
        found = separation([one for question in each for one in question])
        assert found is not None
        return found.high - found.low

    assert width(400) < width(40) < 0.3
    # 1.96 standard errors of a share of 3/4 among 400, on both sides.
    assert width(400) == pytest.approx(0.085, abs=0.01)
