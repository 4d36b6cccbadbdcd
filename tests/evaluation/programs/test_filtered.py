"""What choosing by the public tests is worth: the cases computed by hand, and what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.programs.filtered import filtered_pass_at, filtered_pass_at_k
from evaluation.selection import Drawn


def program(*, public: bool | None, right: bool) -> Drawn:
    return Drawn("print(1)", 0, right, None, public)


PROGRAMS = st.lists(
    st.builds(program, public=st.sampled_from([True, False, None]), right=st.booleans()),
    max_size=12,
)


def test_of_four_passers_in_ten_two_right_ones_are_a_half() -> None:
    passers = [program(public=True, right=i < 2) for i in range(4)]
    assert filtered_pass_at_k(
        passers + [program(public=False, right=False)] * 6, 1
    ) == pytest.approx(0.5)


def test_where_nobody_passes_the_public_tests_it_is_zero_and_not_one() -> None:
    assert filtered_pass_at_k([program(public=False, right=False)] * 10, 1) == 0


def test_more_programs_than_pass_are_as_many_as_pass() -> None:
    passers = [program(public=True, right=False), program(public=True, right=True)]
    assert filtered_pass_at_k(passers, 5) == 1
    assert filtered_pass_at_k([program(public=True, right=False)] * 2, 5) == 0


def test_without_public_tests_nothing_is_left_out() -> None:
    assert filtered_pass_at_k(
        [program(public=None, right=i < 3) for i in range(10)], 5
    ) == pytest.approx(0.916667, abs=1e-6)


def test_it_is_averaged_over_questions_those_without_programs_included() -> None:
    solved = [program(public=True, right=True), program(public=False, right=False)]
    assert filtered_pass_at([solved, []]) == {1: 0.5, 2: 0.5}


@given(PROGRAMS, st.integers(1, 20))
def test_it_never_falls_with_k_and_is_a_chance(drawn: list[Drawn], k: int) -> None:
    fewer, more = filtered_pass_at_k(drawn, k), filtered_pass_at_k(drawn, k + 1)
    assert 0 <= fewer <= more + 1e-9 <= 1 + 1e-9
