import json
import random
from dataclasses import asdict
from math import nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.lab.problems import LONGEST_QUESTION, MOST, draw_problems, held_out
from evaluation.lab.recycling.crossing import crossed, gains
from evaluation.lab.recycling.forms import (
    GUESS,
    asked_for_response,
    learnt,
    problem_of,
    texts,
    told_instruction,
    told_response,
)
from evaluation.lab.recycling.harder import harder
from evaluation.lab.recycling.noise import SHARES, answered, noisy_set, slipped
from evaluation.lab.recycling.outcome import recycled
from evaluation.lab.recycling.plan import ARMS, BASE, BY_TOKENS, Lesson, Plan, Scale
from evaluation.lab.recycling.versions import Judged, Scores, Versions, flawless, sets
from evaluation.lab.task import draw_problem, judge, parse, solve
from evaluation.lab.tokens import decode
from training.pairs import Pair

PAIR = Pair("(7+5)*3=?", "12*3\n36\nAnswer: 36")
HARDER = Pair("(7+5)*(9-6)=?", "12*(9-6)\n12*3\n36\nAnswer: 36")


def operations(question: str) -> int:
    return sum(question.count(sign) for sign in "+-*")


@given(st.integers(0, 10_000), st.integers(1, MOST))
def test_a_harder_problem_comes_to_the_same_by_more_operations(seed: int, n: int) -> None:
    rng = random.Random(seed)
    easy = draw_problem(rng, n)
    hard = harder(easy, rng)
    lines = solve(hard, rng)
    assert lines[-1] == f"Answer: {easy.answer}"
    assert hard.operations == operations(hard.question)
    assert easy.operations <= hard.operations <= min(MOST, n + 2)
    assert len(hard.question) <= LONGEST_QUESTION
    assert parse(hard.question.removesuffix("=?")) is not None


def test_problems_that_have_room_do_become_harder() -> None:
    rng = random.Random(0)
    easy = [draw_problem(rng, n) for n in (1, 2, 4, 6) for _ in range(50)]
    assert all(harder(one, rng).operations == one.operations + 2 for one in easy)


@pytest.mark.parametrize(
    ("sign", "a", "b", "found"),
    [("+", 27, 35, 52), ("+", 22, 35, 57), ("-", 52, 27, 35), ("-", 57, 22, 35), ("*", 7, 8, 56)],
)
def test_who_slips_forgets_carries_and_borrows(sign: str, a: int, b: int, found: int) -> None:
    assert slipped(sign, a, b) == found


def test_a_noisy_set_has_every_flaw_about_as_often_as_it_says() -> None:
    noisy = noisy_set(0, 4000)
    shares = {flaw: sum(one.flaw == flaw for one in noisy) / len(noisy) for flaw in SHARES}
    assert shares == pytest.approx(SHARES, abs=0.03)
    assert sum(one.problem.operations == 1 for one in noisy) / 4000 == pytest.approx(0.25, abs=0.03)


def test_answers_are_flawed_as_their_flaw_says() -> None:
    for one in noisy_set(1, 400):
        lines = one.pair.response.split("\n")
        right = flawless(one.pair)
        if one.flaw in {"none", "truncated", "terse"}:
            assert right is (one.flaw == "none")
        if one.flaw == "truncated":
            assert all(judge(one.pair.instruction, lines))
        if one.flaw == "terse":
            assert one.pair.response == f"Answer: {one.problem.answer}"


def test_a_noisy_set_has_nothing_that_is_held_out_and_is_the_same_each_time() -> None:
    held = {problem.question for problem in held_out()}
    first = noisy_set(3, 300, held)
    assert first == noisy_set(3, 300, held)
    assert not held & {one.pair.instruction for one in first}
    avoided = {one.pair.instruction for one in first}
    assert not avoided & {one.pair.instruction for one in noisy_set(3, 300, avoided)}


def test_only_the_response_and_its_end_are_learnt() -> None:
    given, ids = learnt(PAIR)
    assert decode(ids[:given]) == "(7+5)*3=?\n"
    assert decode(ids[given:]) == PAIR.response


def test_scores_are_told_of_the_same_tokens_alone_and_after_what_helps() -> None:
    found = texts(PAIR)
    for after, alone in (
        (found.response_after, found.response),
        (found.instruction_after, found.instruction),
    ):
        assert after[1][after[0] :] == alone[1][alone[0] :]
    assert decode(found.instruction_after[1]) == f"{PAIR.response}{GUESS}{PAIR.instruction}"


def test_a_teacher_goes_on_behind_the_instruction() -> None:
    assert decode(asked_for_response(PAIR)).endswith("(7+5)*3=?\n")


def test_what_a_teacher_wrote_is_read_as_an_instruction_and_its_answer() -> None:
    lines = [HARDER.instruction, *HARDER.response.split("\n")]
    assert told_instruction(lines) == HARDER


@pytest.mark.parametrize(
    "lines",
    [
        ["(7+5)*3=?"],
        ["12*3", "36"],
        ["(7+5))*3=?", "36"],
        ["((7+5))*3=?", "36"],
        ["7=?", "Answer: 7"],
        [""],
        ["(7+5)*3=?", ""],
        ["(7+5)*3=?", "12*3=?"],
        [f"{'1+' * 40}1=?", "2"],
    ],
)
def test_what_is_no_instruction_with_an_answer_leaves_the_original(lines: list[str]) -> None:
    assert told_instruction(lines) is None


def test_no_response_is_read_of_nothing_or_of_marks() -> None:
    assert told_response("1+1=?", ["2", "Answer: 2"]) == Pair("1+1=?", "2\nAnswer: 2")
    assert told_response("1+1=?", [""]) is None
    assert told_response("1+1=?", [f"2{GUESS}"]) is None


def test_what_is_asked_for_is_an_expression_with_a_sign() -> None:
    assert problem_of("(7+5)*3=?") is not None
    assert [problem_of(text) for text in ("7=?", "(7+5)*3", "=?", "7+=?")] == [None] * 4


def judged(ifd: float, ins: float | None, r_ifd: float, res: float, place: int = 0) -> Judged:
    rng = random.Random(place)
    noisy = answered(draw_problem(rng, 1 + place % 6), rng)
    response = Pair(noisy.pair.instruction, "Answer: 1")
    both = Pair(HARDER.instruction, f"Answer: {place}")
    reflected = None if ins is None else HARDER
    better = Scores(0.5, res)
    return Judged(
        Versions(noisy, reflected, response, both if reflected else None),
        Scores(ifd, r_ifd),
        None if ins is None else Scores(ins, r_ifd),
        better,
        better if reflected else None,
    )


def test_a_harder_instruction_is_learnt_from_with_its_better_answer() -> None:
    one = judged(0.4, 0.6, 0.8, 0.7)
    assert one.choice.branch == "instruction"
    assert one.chosen == (one.versions.both, one.both)


def test_without_a_harder_instruction_the_original_is_with_its_better_answer() -> None:
    for ins in (0.4, 0.3, None):
        one = judged(0.4, ins, 0.8, 0.7)
        assert one.chosen == (one.versions.response, one.response)


def test_what_is_not_clearer_or_cannot_be_told_is_learnt_from_by_nobody() -> None:
    for one in (judged(0.4, 0.6, 0.8, 0.8), judged(nan, 0.6, 0.8, 0.7), judged(0.4, 0.3, 2, 1.5)):
        assert one.chosen is None


def many(n: int = 60) -> list[Judged]:
    """Of every third nothing is selected."""
    return [judged(0.4, 0.6, 0.8, 0.9 if i % 3 == 0 else 0.7, i) for i in range(n)]


def test_all_sets_have_as_many_pairs_as_are_selected() -> None:
    found = sets(many(), 0)
    assert set(found) == set(ARMS) - {BY_TOKENS}
    assert {len(own) for name, own in found.items() if not name.startswith("ifd")} == {40}
    assert len(found["ifd_top"]) == len(found["ifd_random"]) == 4
    assert sets(many(), 0) == found
    assert sets(many(), 1) != found


def test_sets_are_versions_of_the_same_pairs_and_clean_ones_are_right() -> None:
    found = sets(many(), 0)
    asked = [pair.instruction for pair in found["raw"]]
    assert [pair.instruction for pair in found["response"]] == asked
    assert [pair.instruction for pair in found["clean"]] == asked
    assert all(flawless(pair) for name in ("clean", "clean_harder") for pair in found[name])
    assert set(found["ifd_top"]) <= set(found["selected"])


def test_a_pair_is_flawless_if_every_line_is_right_to_the_answer() -> None:
    assert flawless(PAIR)
    assert not flawless(Pair(PAIR.instruction, "12*3\n36"))
    assert not flawless(Pair(PAIR.instruction, "12*3\n35\nAnswer: 35"))
    assert not flawless(Pair(PAIR.instruction, "Answer: 36"))


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=3))
def test_an_interval_over_seeds_and_problems_holds_the_mean(table: list[list[bool]]) -> None:
    found = crossed(table)
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    assert found.value == pytest.approx(sum(map(sum, table)) / (4 * len(table)))


def test_seeds_that_differ_widen_an_interval_that_problems_alone_leave_narrow() -> None:
    alike, unlike = [[1.0] * 9, [1.0] * 9], [[1.0] * 9, [0.0] * 9]
    assert crossed(alike).low == crossed(alike).high == 1
    assert (crossed(unlike).low, crossed(unlike).high) == (0, 1)


def test_gains_are_by_seed_and_problem() -> None:
    ours, theirs = [[True, True], [False, True]], [[False, True], [True, True]]
    assert gains(ours, theirs) == [[1, 0], [-1, 0]]


def lessons() -> list[Lesson]:
    found = [Lesson(BASE, 0, (False, False, False))]
    for seed in (0, 1):
        found += [Lesson("raw", seed, (False, False, True), 40, 9, 100)]
        found += [Lesson("selected", seed, (True, seed == 1, True), 40, 9, 150)]
    return found


def test_arms_are_compared_on_the_same_problems_and_seeds() -> None:
    found = recycled(lessons(), many(), 2, 0)
    assert (found.seeds, found.problems) == (2, (2, 1))
    assert found.arms["selected"].solved.value == pytest.approx(5 / 6)
    assert found.arms["selected"].held_out == pytest.approx(3 / 4)
    assert found.differences["selected_over_raw"].value == pytest.approx(1 / 2)
    assert set(found.differences) == {"selected_over_raw"}


def test_what_was_chosen_is_told_by_branch_and_flaw_and_scores_before_and_after() -> None:
    found = recycled(lessons(), many(), 2, 0)
    assert found.choices == pytest.approx(
        {"instruction kept": 2 / 3, "instruction not improved": 1 / 3}
    )
    assert sum(found.versions["original"].ifd_bins) == 60
    assert found.versions["selected"].there == pytest.approx(2 / 3)
    assert set(found.flaws) <= set(SHARES)
    assert json.loads(json.dumps(found.plain))["figures"]["raw"]["value"] == pytest.approx(1 / 3)


def test_a_set_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    plan = Plan(tmp_path, tmp_path, Scale(), tuple(held_out()))
    every = [*many(5), judged(nan, None, 0.8, 0.7)]
    assert not plan.has_judged(0)
    plan.write_judged(0, every)
    assert plan.has_judged(0)
    assert json.dumps([asdict(one) for one in plan.read_judged(0)]) == json.dumps(
        [asdict(one) for one in every]
    )


def test_fresh_problems_are_none_of_those_held_out_and_a_run_may_get_more_seeds(
    tmp_path: Path,
) -> None:
    held = tuple(draw_problems(5, 20))
    plan = Plan(tmp_path, tmp_path, Scale(fresh=50), held)
    assert len(plan.problems) == 70
    assert len(plan.avoid) == 70
    more = Plan(tmp_path, tmp_path, Scale(fresh=50, seeds=9), held)
    assert plan.settings == more.settings
