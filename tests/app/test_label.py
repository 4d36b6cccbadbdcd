import re
from pathlib import Path

import pytest

from scorers.base import ScorerUnavailable
from tests.app.label_world import file, label, lines, report
from tests.training.label.rows import row, step, way
from tests.training.label.solutions import Says

RIGHT, WRONG, LONG = ["a .9", "b .8"], ["a .9", "b .7", "c 1"], ["long"]
A, ERROR_STEP = step(way("a", 1)), step(way("b", -1), way("c", None), chosen=None)
ERROR = row(A, ERROR_STEP, finish="found_error")
POOL = {
    "question": "2+2=?",
    "truth": "4",
    "solutions": [f"x .{i}\n\nAnswer: {4 + (i > 4)} .{i}" for i in range(1, 10)],
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def solutions(folder: Path, *steps: list[str]) -> str:
    return file(folder, "in.jsonl", *({"question": "q", "steps": some} for some in steps))


def test_prm800k_becomes_examples_and_the_report_says_what_became_of_what(tmp_path: Path) -> None:
    rows = file(tmp_path, "rows.jsonl", ERROR, row(A, is_quality_control_question=True))
    result = label(rows, "--by", "prm800k", "--out", "out.jsonl")
    assert result.stdout.splitlines() == [
        "rows kept       1 found error",
        "rows dropped    1 quality control",
        "labels kept     1 right, 1 wrong",
        "labels dropped  1 unrated, 1 quality control",
        "examples        1 paths, 0 alternatives",
        "out             out.jsonl",
    ]
    assert [one["ratings"] for one in lines("out.jsonl")] == [[1, -1]]


def test_a_broken_row_is_one_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    rows = file(tmp_path, "rows.jsonl", row(step(way("a", 1))), {"steps": []})
    result = label(rows, "--by", "prm800k", "--out", "out.jsonl")
    assert result.exit_code == 1
    assert re.fullmatch(r"Error: .*rows.jsonl, line 2: question: Field required\n", result.stderr)
    assert not Path("out.jsonl").exists()
    told = report(rows, "--by", "prm800k", "--out", "out.jsonl", "--skip-broken", "--phase", "2")
    assert told["rows_dropped"] == {"broken": 1}


def test_outcomes_come_from_the_final_answers(tmp_path: Path) -> None:
    texts = [r"so \boxed{\frac{1}{2}}", "I think\nit is 0.5", "it is 2", "no idea " * 20]
    given = file(tmp_path, "in.jsonl", {"question": "q", "truth": "1/2", "solutions": texts})
    told = report(given, "--by", "outcome", "--out", "out.jsonl", "--step-end", r"\n")
    assert told == {"right": 2, "wrong": 2, "unanswered": 1, "out": "out.jsonl"}
    examples = lines("out.jsonl")
    assert [one["outcome"] for one in examples] == [True, True, False, False]
    assert examples[1]["steps"] == ["I think", "it is 0.5"]


def test_a_verifier_labels_steps_and_what_it_does_not_judge_is_set_aside(tmp_path: Path) -> None:
    given = solutions(tmp_path, RIGHT, LONG, WRONG)
    words = (given, "--by", "prm", "--scorer", "says", "--out", "out.jsonl", "--outcomes")
    told = report(*words)
    assert (told["labelled"], told["unlabelled"]) == ({"right": 1, "with an error": 1}, 1)
    assert [one["ratings"] for one in lines("out.jsonl")] == [[1, 1], [1, -1]]
    assert [one["outcome"] for one in lines("out.jsonl")] == [True, False]
    [aside] = lines(told["unlabelled_out"])
    assert aside == {"reason": "it is too long", "example": {"question": "q", "steps": LONG}}


def test_labelling_goes_on_where_it_ended(tmp_path: Path) -> None:
    class Dies(Says):
        async def judge(self, candidates):
            if len(self.asked) == 4:
                raise ScorerUnavailable("gone")
            return await super().judge(candidates)

    given = solutions(tmp_path, *([f"{i} 1"] for i in range(100)), *[["0 1"]] * 2)
    words = (given, "--by", "prm", "--scorer", "says", "--out", "out.jsonl")
    broken = label(*words, says=Dies())
    assert (broken.exit_code, broken.stderr) == (1, "Error: gone\n")
    says = Says()
    assert report(*words, says=says)["labelled_before"] == 64
    assert [one["steps"] for one in lines("out.jsonl")] == [one["steps"] for one in lines(given)]
    assert sum(says.asked) == 38


def test_labels_of_two_kinds_are_not_mixed_in_a_file(tmp_path: Path) -> None:
    words = (solutions(tmp_path, RIGHT), "--by", "prm", "--scorer", "says", "--out", "out.jsonl")
    report(*words)
    result = label(*words, "--threshold", "0.1")
    assert result.exit_code == 1
    assert "not of 'says, wrong above 0.1'" in result.stderr


def test_a_pool_gives_the_convincing_wrong_ones_and_then_others(tmp_path: Path) -> None:
    words = (file(tmp_path, "pool.jsonl", POOL), "--active", "--selector", "says", "--n", "5")
    told = report(*words, "--out", "picked.jsonl", "--pattern", r"Answer: (\d)")
    picked = lines("picked.jsonl")
    assert [one["steps"][0] for one in picked] == ["x .5", "x .6", "x .7", "x .8", "x .9"]
    assert (told["picked_wrong"], told["picked_right"], told["solutions"]) == (5, 0, 9)
    assert all("ratings" not in one for one in picked)
    again = report(
        *words, "--out", "more.jsonl", "--already", "picked.jsonl", "--already", "picked.jsonl"
    )
    assert (again["labelled_before"], again["solutions"]) == (5, 4)


def test_picking_again_does_not_ask_for_scores_again(tmp_path: Path) -> None:
    words = (file(tmp_path, "pool.jsonl", POOL), "--active", "--selector", "says")
    report(*words, "--n", "2", "--out", "picked.jsonl")
    says = Says()
    told = report(*words, "--n", "3", "--out", "picked.jsonl", says=says)
    assert (told["scored_before"], says.asked, len(lines("picked.jsonl"))) == (9, [], 3)
    assert len(lines("picked.scores.jsonl")) == 9


def test_what_is_picked_can_be_labelled_at_once(tmp_path: Path) -> None:
    pool = file(tmp_path, "pool.jsonl", POOL)
    words = ("--active", "--selector", "says", "--n", "2", "--by", "prm", "--scorer", "says")
    told = report(pool, *words, "--out", "out.jsonl", "--threshold", "0.15")
    assert (told["picked_wrong"], told["labelled"]) == (2, {"with an error": 1, "right": 1})
    assert [one["ratings"] for one in lines("out.jsonl")] == [[-1], [1, 1]]


FLAGS = {
    "no way": ((), "nothing is no way of labelling; there are: --by prm800k"),
    "an unknown way": (("--by", "magic"), "--by magic is no way"),
    "two ways": (("--human", "--active"), "--active --human is no way"),
    "another's flag": (("--by", "outcome", "--phase", "1"), "--phase has no meaning for --by outc"),
    "no scorer": (("--by", "prm"), "--by prm needs --scorer"),
    "no n": (("--active", "--selector", "says"), "--active needs --n"),
    "nobody": (("--human",), "--human needs --labeler"),
    "no name of a person": (("--human", "--labeler", "me"), "is no UUID; a new one is"),
    "no step end": (("--by", "outcome", "--step-end", ""), "for '--step-end': it is empty"),
    "no place": (("--by", "omega", "--prompt", "Think."), "'--prompt': it has no {question}"),
    "no roll-outs": (("--by", "outcome", "--rollouts", "4"), "--rollouts has no meaning for --by"),
    "no solutions": (("--by", "rollouts", "--scorer", "says"), "--scorer has no meaning for --by"),
}


@pytest.mark.parametrize(("words", "what"), FLAGS.values(), ids=FLAGS)
def test_flags_that_do_not_go_together_are_code_2(
    words: tuple[str, ...], what: str, tmp_path: Path
) -> None:
    result = label(solutions(tmp_path, RIGHT), "--out", "out.jsonl", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert what in result.stderr


def test_the_file_that_is_read_is_not_written(tmp_path: Path) -> None:
    given = solutions(tmp_path, RIGHT)
    result = label(given, "--by", "prm", "--scorer", "says", "--out", given)
    assert result.exit_code == 2
    assert "is read too" in result.stderr
    assert len(lines(given)) == 1


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--by", "prm", "--scorer", "?"), "there is no scorer '?'"),
        (("--by", "prm", "--scorer", "broken"), "connection refused"),
        (("--active", "--selector", "says", "--n", "1"), "has no `truth`"),
        (("--by", "outcome"), "line 1: has no `truth`"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    words: tuple[str, ...], what: str, tmp_path: Path
) -> None:
    result = label(solutions(tmp_path, RIGHT), "--out", "out.jsonl", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(r"Error: .+\n", result.stderr)
    assert what in result.stderr
