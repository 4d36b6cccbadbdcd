from math import exp, isclose, log1p

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from search.policy import Regressor, Term
from search.prompt_features import MOST_CHARACTERS, MOST_DIGITS, NAMES, features


def count(name: str, text: str) -> int:
    found = exp(features(text)[name]) - 1
    assert isclose(found, round(found), abs_tol=1e-6)
    return round(found)


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("characters", "Is it?", 6),
        ("words", "Is  it\nso?", 3),
        ("lines", "one\ntwo\n", 2),
        ("sentences", "He has 3.5 l. Why? Who?! Say...", 4),
        ("sentences", "\u4e00\u3002\u4e8c\uff1f", 2),
        ("question_marks", "Why? Who?", 2),
        ("numbers", "1,000 and 2, 3.5 and x7", 4),
        ("operators", "3 + 4*x^2 - 1 = y/2", 6),
        ("operators", "a well-known x-1 and 5-2", 2),
        ("commands", r"\frac{1}{2} \\ \sqrt 2", 2),
        ("code_fences", "```py\nx\n```\nand `y` ```", 2),
        ("options", "Which?\nA) 1\nB) 2", 2),
        ("options", "(A) one (B) two", 2),
        ("options", "A. one\nB: two\nin f(A) and vitamin A.", 2),
        ("nesting", "(a [b {c}] d) (e)", 3),
        ("nesting", ")]} ((", 2),
        ("word_length", "abc d", 2),
    ],
)
def test_what_can_be_counted_is_counted(name: str, text: str, number: int) -> None:
    assert count(name, text) == number


def test_the_largest_number_is_on_a_scale_of_powers_of_ten() -> None:
    assert features("9 of 999,999 or 99.5")["largest_number"] == pytest.approx(6)
    assert features("none")["largest_number"] == 0
    assert features("9" * 5000)["largest_number"] == MOST_DIGITS


def test_shares_are_of_all_characters() -> None:
    found = features("12ab→é")
    assert found["digits"] == pytest.approx(1 / 3)
    assert found["non_ascii"] == pytest.approx(1 / 3)


@given(st.text())
def test_any_text_has_every_feature_bounded_and_always_the_same(text: str) -> None:
    found = features(text)
    assert found == features(text)
    assert found.keys() == NAMES
    assert all(0 <= number <= MOST_DIGITS for number in found.values())


def test_of_a_long_text_the_beginning_counts() -> None:
    assert features("1" * 10 * MOST_CHARACTERS) == features("1" * MOST_CHARACTERS)


def line(**terms: Term) -> Regressor:
    return Regressor(bias=0, features=terms)


def test_ease_is_the_logistic_function_of_what_is_off_the_mean() -> None:
    term = Term(mean=log1p(1), scale=0.5, weight=-1)
    regressor = Regressor(bias=0.2, features={"numbers": term})
    off = (log1p(3) - log1p(1)) / 0.5
    assert regressor.ease("1 2 3") == pytest.approx(1 / (1 + exp(off - 0.2)))
    assert regressor.ease("one") > regressor.ease("1") > regressor.ease("1 2")


bounded = st.floats(-1e6, 1e6)
terms = st.builds(Term, mean=bounded, scale=st.floats(1e-6, 1e6), weight=bounded)


@given(st.text(), bounded, st.dictionaries(st.sampled_from(sorted(NAMES)), terms, min_size=1))
def test_whatever_the_weights_an_ease_is_a_share(text: str, bias: float, named) -> None:
    assert 0 <= Regressor(bias=bias, features=named).ease(text) <= 1


def test_a_feature_that_is_not_there_is_named() -> None:
    with pytest.raises(ValidationError, match="there is no feature wit; there are characters, "):
        line(words=Term(mean=0, scale=1, weight=1), wit=Term(mean=0, scale=1, weight=1))
