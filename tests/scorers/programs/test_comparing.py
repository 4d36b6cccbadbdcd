"""What is the same, as far as tests go."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.programs.comparing import canonical, same_output, same_value, shortened, shown_value

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ("3\n4\n", "3 \n4", True),
        ("1.0 2", "1 2.00", True),
        ("0.1", "0.10000001", False),
        ("3\n4", "3 4", False),
        ("3", "", False),
        ("yes", "Yes", False),
        ("1e3", "1000", True),
        ("1e999999999", "1", False),
        ("nan", "nan", True),
    ],
)
def test_outputs_are_compared_by_lines_and_lines_as_numbers(
    expected: str, given: str, same: bool
) -> None:
    assert same_output(expected, given) is same


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        (0.3, 0.30000000000000004, True),
        (1, 1.0000000001, True),
        (1, 1.001, False),
        (0, 1e-12, True),
        (2**70, {"int": hex(2**70)}, True),
        (2**70, {"int": hex(2**70 + 1)}, False),
        (nan, {"float": "nan"}, True),
        (inf, {"float": "-inf"}, False),
        ([1, 2], {"set": [2, 1]}, True),
        ([1, 1], {"set": [1]}, False),
        ({"1": [2]}, {"dict": [[1, [2]]]}, True),
        ({"a": 1}, {"dict": [["a", 1], ["b", 2]]}, False),
        ({}, {"dict": [[["x"], 1]]}, False),
        ("a", ["a"], False),
        (None, 0, False),
        ("<x>", {"repr": "<x>"}, True),
        (1, {"int": 3}, False),
    ],
)
def test_values_are_compared_as_json_has_them(expected, given, same: bool) -> None:
    assert same_value(expected, given) is same


@given(JSON)
def test_a_value_is_the_same_as_itself_and_written_alike(value) -> None:
    assert same_value(value, value)
    assert canonical(value) == canonical(value)


@given(JSON, JSON)
def test_values_that_are_written_alike_are_the_same(one, other) -> None:
    if canonical(one) == canonical(other):
        assert same_value(one, other)


@given(st.sets(st.integers(), max_size=6), st.randoms())
def test_a_set_is_the_same_in_any_order(values: set[int], chance) -> None:
    listed = sorted(values)
    turned = chance.sample(listed, len(listed))
    one, other = ({"set": list(map(as_sent, v))} for v in (listed, turned))
    assert canonical(one) == canonical(other)
    assert same_value(listed, other)


def as_sent(value: int) -> object:
    return value if abs(value) < 2**53 else {"int": hex(value)}


def test_values_are_shown_as_python_writes_them() -> None:
    assert shown_value({"dict": [["a", {"set": [1]}]]}) == "{'a': {1}}"
    assert shown_value([{"repr": "<object>"}, {"float": "nan"}]) == "[<object>, nan]"


@given(st.text(), st.integers(10, 50))
def test_a_shortened_text_is_short(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= max(most, most + 5)
