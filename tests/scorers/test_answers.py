from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.answers import (
    PATTERN_LENGTH,
    SHORT,
    TAIL,
    BadPattern,
    FinalAnswer,
    check_pattern,
    final_answer,
)
from scorers.lets_verify import normalise

FRAGMENTS = [
    *("\\boxed{", "\\fbox", "\\frac", "\\text{", "\\left", "\\sqrt", "\\Delta", "\\{", "\\!"),
    *("{", "}", "{,}", "(", ")", "[", "]", "1", "12", "3,000", ".", ",", "x", "=", "$", "%", "^"),
    *("-", "\N{MINUS SIGN}", "+", "/", "!", "A", "**", "####", "Answer:", "and", "or", "cm", "\\"),
    *("million", "ß", "İ", " ", "\n", "the answer is "),
]
texts = st.text(max_size=60) | st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{\frac{1}{2}} it is", r"\frac{1}{2}"),
        (r"\boxed{1} or rather \boxed{2}.", "2"),
        (r"$\fbox{x}$", "x"),
        (r"it is \boxed 5.", "5"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{x = \fbox{3}}", r"x = \fbox{3}"),
        (r"\boxed{3}, no: \boxed{4", "3"),
        (r"Answer: 1. So \boxed{2}", "2"),
    ],
)
def test_the_last_closed_box_is_the_answer(text, answer):
    assert final_answer(text) == FinalAnswer(answer, "boxed")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 3.5. That is all.", "3.5"),
        ("**Final answer:** **42**.", "42"),
        ("**Answer**: 42\nGood luck!", "42"),
        ("Answer:\n\n7", "7"),
        ("Answer: 1\nAnswer: 2", "2"),
        ("the answer is (B).", "B"),
        ("Answer: B) 42 apples", "B"),
        ("the final answer is x = 5.", "x = 5"),
        ("answer is Abraham Lincoln.", "Abraham Lincoln"),
        ("#### 3\nThe answer is 4", "4"),
    ],
)
def test_what_is_called_the_answer_is_the_answer(text, answer):
    assert final_answer(text) == FinalAnswer(answer, "marked")


@pytest.mark.parametrize(
    ("text", "answer", "kind"),
    [
        ("It takes 2 + 3 = 5 days.\n#### 1,234", "1,234", "hashes"),
        ("6 * 7\n#### 42\n\nQuestion: why?", "42", "hashes"),
        (
            "#### Step 3\nHence we have 7 of them in all, which is more than anyone had",
            "7",
            "number",
        ),
        ("(A) is too small and 3 is odd, so (C) remains", "C", "choice"),
        ("It is odd.\n**C**", "C", "choice"),
        ("B)", "B", "choice"),
        ("They cost $1,234.50 in all, 20 of them.", "20", "number"),
        ("The total comes to -$1,234.50.", "-1234.50", "number"),
        ("It grew by 50%.", "50", "number"),
        ("we are left with 3 / 4", "3/4", "number"),
        ("so the odds are \\frac{3}{4}", r"\frac{3}{4}", "number"),
        ("from 3-5", "5", "number"),
        ("3 + 4 = 7", "7", "number"),
        ("Paris", "Paris", "short"),
        ("x + 1", "x + 1", "short"),
        (r"$\frac{\sqrt{3}}{2}$", r"$\frac{\sqrt{3}}{2}$", "short"),
    ],
)
def test_other_signs_of_an_answer_are_tried_in_order(text, answer, kind):
    assert final_answer(text) == FinalAnswer(answer, kind)


@pytest.mark.parametrize("text", ["", "  \n", "x" * (SHORT + 1), "Two lines\nof prose."])
def test_longer_prose_has_no_answer(text):
    assert final_answer(text) is None


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [(r"<a>(.*?)</a>", "2"), (r"<b>\d</b>", "<b>3</b>"), (r"<c>", None), (r"<(z)>|<b>", None)],
)
def test_a_pattern_alone_decides(pattern, answer):
    text = r"<a>1</a> <a> 2 </a> <b>3</b> \boxed{4}"
    found = final_answer(text, pattern)
    assert found == (None if answer is None else FinalAnswer(answer, "pattern"))


@pytest.mark.parametrize(
    "pattern",
    ["(", r"(?=a)b", r"(a)\1", "\ud800", "a" * (PATTERN_LENGTH + 1), r"(?:\pL{9}){99}"],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern):
    with pytest.raises(BadPattern) as refused:
        check_pattern(pattern)
    assert isinstance(refused.value, ValueError)
    assert refused.value.pattern == pattern


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(a|aa)+c", r"(.*)(.*)(.*)(.*)x"])
def test_a_pattern_that_backtracks_elsewhere_takes_no_time_here(pattern):
    start = perf_counter()
    assert final_answer("a" * 1_000_000 + "!", pattern) is None
    assert perf_counter() - start < 1


def test_a_pattern_that_searches_the_rest_for_every_match_is_stopped():
    with pytest.raises(BadPattern, match="too long"):
        final_answer("a" * TAIL, "a.*?b|a")


def test_a_pattern_may_meet_text_that_is_not_unicode():
    assert final_answer("\ud800 7", r"\d") == FinalAnswer("7", "pattern")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10**6,
        "\\boxed{" * 10**5,
        "answer" + " " * 10**6 + "x",
        "1,111" * 10**5,
        "*" * 10**6 + "x",
        "{" * 10**6 + "}" * 10**6,
        "#### " * 10**5,
    ],
)
def test_a_megabyte_of_anything_is_read_at_once(text):
    start = perf_counter()
    final_answer(text)
    assert perf_counter() - start < 1


@given(texts)
def test_any_text_can_be_searched(text):
    found = final_answer(text)
    assert found is None or found.text.strip()


@given(texts)
def test_a_normal_form_is_its_own(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (r"\left( 1,\, 2 \right)", "(1,2)"),
        (r"\dfrac12", "1/2"),
        (r"-\tfrac{3}{4}", "-3/4"),
        (".50", "0.5"),
        ("1,234,567", "1234567"),
        ("40{,}000", "40000"),
        ("(B).", "b"),
        (r"\text{San Francisco}", "sanfrancisco"),
        ("3 million", "3million"),
        ("3 feet", "3"),
        ("90 degrees", "90"),
        (r"x \in [1, 2)", "[1,2)"),
        (r"\Delta X", r"\Deltax"),
        ("y = 2x + 1", "2x+1"),
        ("\N{MINUS SIGN}5", "-5"),
    ],
)
def test_spellings_of_one_answer_have_one_form(answer, form):
    assert normalise(answer) == form
