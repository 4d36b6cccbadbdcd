"""A regressor fitted to questions whose ease is known."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.calibration import folds_of
from evaluation.outcomes import CannotFit
from evaluation.policy_fit import About, fit
from evaluation.prompt_regression import FOLDS, PENALTIES, fit_regressor, rank_correlation
from search.policy import read, write
from tests.evaluation.test_policy_fit import outcomes


def questions(n: int = 80) -> list[str]:
    """Of growing length, the later ones with more numbers."""
    return [f"How many of {' and '.join(map(str, range(1 + i % 20)))} are {i}?" for i in range(n)]


def eases(n: int = 80) -> np.ndarray:
    """Fewer numbers make it easier, by 16 samples of each."""
    chance = np.array([0.95 - 0.045 * (i % 20) for i in range(n)])
    return np.random.default_rng(0).binomial(16, chance) / 16


LEARNED = fit_regressor(questions(), eases(), 0)


def test_what_makes_questions_hard_is_learned() -> None:
    assert LEARNED.regressor.ease("How many of 1 are 2?") > 0.8
    assert LEARNED.regressor.ease(questions()[19]) < 0.3
    assert LEARNED.rank_correlation.value > 0.9
    assert LEARNED.rank_correlation.low > 0.8
    assert np.abs(LEARNED.eases - eases()).mean() < 0.12


def test_the_regressor_of_all_tells_about_what_those_of_the_folds_do() -> None:
    ours = [LEARNED.regressor.ease(text) for text in questions()]
    assert np.abs(LEARNED.eases - ours).max() < 0.15


def test_what_was_measured_of_a_question_has_no_part_in_its_own_ease() -> None:
    fold = folds_of(questions(), FOLDS, 0)[0]
    inside = np.array([text in fold for text in questions()])
    poisoned = np.where(inside, 1 - eases(), eases())
    after = fit_regressor(questions(), poisoned, 0)
    assert (after.eases[inside] == LEARNED.eases[inside]).all()
    assert (after.eases[~inside] != LEARNED.eases[~inside]).all()
    assert after.regressor != LEARNED.regressor


def test_equal_questions_are_never_in_two_folds() -> None:
    texts = questions(20) * 4
    learned = fit_regressor(texts, eases(), 0)
    assert all(len(set(learned.eases[i::20])) == 1 for i in range(20))


def test_noise_is_kept_quiet() -> None:
    luck = np.random.default_rng(3).uniform(size=80)
    learned = fit_regressor(questions(), luck, 0)
    assert learned.penalty >= 100
    assert learned.rank_correlation.low < 0.1
    told = [learned.regressor.ease(text) for text in questions()]
    assert max(told) - min(told) < 0.2


def test_the_same_seed_learns_the_same() -> None:
    again = fit_regressor(questions(), eases(), 0)
    assert again.regressor == LEARNED.regressor
    assert again.rank_correlation == LEARNED.rank_correlation
    assert again.penalty == LEARNED.penalty in PENALTIES
    assert (fit_regressor(questions(), eases(), 1).eases != LEARNED.eases).any()


def test_a_feature_that_never_differs_is_left_out() -> None:
    named = LEARNED.regressor.features
    assert "numbers" in named
    assert "code_fences" not in named


def test_one_question_that_is_ever_right_is_enough() -> None:
    rare = np.eye(80)[3]
    assert ((fit_regressor(questions(), rare, 0).eases > 0) & (rare < 2)).all()


@pytest.mark.parametrize(
    ("texts", "measured", "said"),
    [
        (questions(9), eases(9), "10 different questions are the least to learn from, not 9"),
        (["same?"] * 80, eases(), "10 different questions are the least to learn from, not 1"),
        (questions(), eases(79), "80 questions, but eases of shape"),
        (questions(), np.full(80, 0.25), "every question has an ease of 0.25"),
        (questions(), eases() + 0.5, r"an ease is not in \[0, 1\]"),
        (questions(), np.full(80, np.nan), r"an ease is not in \[0, 1\]"),
        ([chr(97 + i) for i in range(20)], eases(20), "do not differ in any feature"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(texts, measured, said: str) -> None:
    with pytest.raises(CannotFit, match=said):
        fit_regressor(texts, measured, 0)


def test_ranks_correlate_as_by_hand() -> None:
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([1.0, 9, 4, 16])) == pytest.approx(
        1 - 6 * 2 / (4 * 15)
    )
    tied = rank_correlation(np.array([1.0, 1, 2, 3]), np.array([1.0, 2, 3, 4]))
    assert tied == pytest.approx(4.5 / (4.5 * 5) ** 0.5)
    assert rank_correlation(np.array([1.0, 1]), np.array([1.0, 2])) == 0


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30, unique=True))
def test_only_the_order_counts(values: list[int]) -> None:
    numbers = np.array(values, dtype=float)
    assert rank_correlation(numbers, numbers**3) == pytest.approx(1)
    assert rank_correlation(numbers, -numbers) == pytest.approx(-1)


def test_a_policy_that_reads_the_prompt_survives_its_file(tmp_path) -> None:
    about = About("m", "prompt", samples=0, command="fit", date=date(2026, 1, 2),
                  regressor=LEARNED.regressor)  # fmt: skip
    policy = fit(replace(outcomes(40), ease=LEARNED.eases), about).policy
    write(policy, tmp_path / "policy.yaml")
    assert read(tmp_path / "policy.yaml") == policy
    text = (tmp_path / "policy.yaml").read_text()
    assert "    words: {mean: " in text
