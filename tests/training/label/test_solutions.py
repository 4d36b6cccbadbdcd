import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scorers.candidates import LastWord
from tests.training.label.solutions import solution
from training.examples import Example, ExampleError
from training.label.grading import Graded, Grading
from training.label.solutions import gradable, key_of, read_solutions, split

GRADING = Grading(LastWord())


def read(folder: Path, *lines: object, step_end: str = "\n\n") -> list[Example]:
    path = folder / "solutions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return list(gradable(path, read_solutions(path, step_end)))


def test_a_line_may_have_many_solutions_as_texts_or_steps(tmp_path: Path) -> None:
    line = {"question": "q", "truth": "4", "source": "s", "solutions": ["a\n\nb", ["c\n\nd"], ""]}
    solutions = read(tmp_path, line, {"question": "q", "steps": ["e"], "outcome": False})
    assert [one.steps for one in solutions] == [("a", "b"), ("c\n\nd",), ("",), ("e",)]
    assert [(one.truth, one.source) for one in solutions[:3]] == [("4", "s")] * 3


def test_the_truth_may_be_written_as_gsm8k_does(tmp_path: Path) -> None:
    line = {"question": "q", "answer": "2 and 2 is 4\n#### 4", "solutions": ["a"]}
    assert read(tmp_path, line)[0].truth == "4"


def test_steps_end_where_one_says(tmp_path: Path) -> None:
    line = {"question": "q", "truth": "4", "solutions": ["a\n\nb\n"]}
    assert read(tmp_path, line, step_end="\n")[0].steps == ("a", "b")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"question": "q", "solutions": ["a"]}, "has no `truth`"),
        ({"question": "q", "steps": ["a"]}, "has no `truth`"),
        ({"question": "q", "truth": "4", "solutions": "a"}, "solutions"),
        ({"question": "q", "truth": "4", "solutions": ["a"], "seed": 1}, "seed"),
        ({"question": "q", "truth": "4"}, "steps"),
        ([], "object"),
    ],
)
def test_a_line_of_another_shape_is_an_error_that_names_it(
    line: object, what: str, tmp_path: Path
) -> None:
    good = {"question": "q", "steps": ["a"], "truth": "4"}
    with pytest.raises(ExampleError, match=f"line 2: .*{what}"):
        read(tmp_path, good, line)


@given(st.text(), st.sampled_from(["\n\n", "\n", " "]))
def test_a_text_splits_into_steps_that_hold_all_of_it_but_its_ends(text: str, end: str) -> None:
    steps = split(text, end)
    assert steps
    assert all(end not in step for step in steps)
    assert "".join(steps).split() == "".join(text.split(end)).split()


@given(st.lists(st.text(max_size=3), min_size=2, max_size=4, unique=True))
def test_solutions_have_the_same_key_only_if_they_are_the_same(parts: list[str]) -> None:
    keys = {key_of(parts[0], parts[1:]), key_of("".join(parts), ()), key_of("", parts)}
    keys.add(key_of(parts[0], ["".join(parts[1:])]))
    assert len(keys) == len({(parts[0], *parts[1:]), ("".join(parts),), ("", *parts),
                             (parts[0], "".join(parts[1:]))})  # fmt: skip


async def test_an_outcome_is_whether_the_final_answer_is_the_true_one() -> None:
    graded = await GRADING.grade(
        [
            solution("a", "Answer: 4.0", truth="4"),
            solution("Answer: 5", truth="4"),
            solution("Answer: 5", truth="4", answer="4"),
        ]
    )
    assert [one.outcome for one in graded] == [True, False, True]
    assert [one.answer for one in graded] == ["4.0", "5", "4"]


async def test_a_solution_without_an_answer_is_wrong_and_not_dropped() -> None:
    [one] = await GRADING.grade([solution("I give up, for it is too hard to say. " * 4, truth="4")])
    counts = Graded()
    counts.count(one)
    assert (one.outcome, one.answer) == (False, None)
    assert (counts.wrong, counts.unanswered) == (1, 1)


async def test_an_outcome_that_is_known_is_graded_anew_only_where_it_can_be() -> None:
    wrongly = solution("Answer: 4", truth="4", outcome=False)
    untold = solution("Answer: 4", outcome=True)
    assert [one.outcome for one in await GRADING.grade([wrongly, untold])] == [True, True]
    fresh = solution("Answer: 4", truth="4")
    filled = await GRADING.fill([wrongly, fresh, untold])
    assert [one.outcome for one in filled] == [False, True, True]
