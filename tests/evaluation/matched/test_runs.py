import json
from dataclasses import replace
from pathlib import Path

import pytest

from engines.usage import Usage
from evaluation.matched.errors import RunUnfit
from evaluation.matched.runs import match, read_difficulties
from evaluation.runfile import RunFileError
from tests.evaluation.matched.world import answered, drawn, failed, trio, written


def test_what_not_all_runs_answered_is_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "hard.json").write_text(json.dumps({"q0": 1, "q1": 2, "q2": 3}))
    small = drawn(tmp_path / "a", [1, 1, 1, 1], 10, "sample")
    records = [answered("q0", 1), failed("q1"), answered("q3", 1), answered("q9", 1)]
    large = written(tmp_path / "b", records, model="big")
    matched = match([small], large, tmp_path / "hard.json")
    assert matched.difficulties == (1,)
    assert matched.left_out == {"not in every run": 2, "failed in a run": 1,
                                "of unknown difficulty": 1}  # fmt: skip


def test_answers_are_put_side_by_side_whatever_their_order(tmp_path: Path) -> None:
    small = written(tmp_path / "a", [answered("x", 1, 10), answered("y", 0, 20)])
    large = written(tmp_path / "b", [answered("y", 1, 30), answered("x", 0, 40)], model="big")
    matched = match([small], large)
    assert (matched.small[0].right, matched.small[0].spent) == ((True, False), (10, 20))
    assert (matched.large.right, matched.large.spent) == ((False, True), (40, 30))


def test_difficulty_is_the_share_of_wrong_ones_in_the_run_with_most(tmp_path: Path) -> None:
    one = drawn(tmp_path / "a", [1, 0], 10, "sample")
    four = drawn(tmp_path / "b", [0.75, 0.25], 40, "majority", solutions=4)
    beam = drawn(tmp_path / "c", [1, 1], 90, "beam_search", solutions=8)
    large = drawn(tmp_path / "d", [1, 1], 10, "sample", model="big")
    matched = match([one, four, beam], large)
    assert (matched.difficulties, matched.difficulty_from) == ((0.25, 0.75), tmp_path / "b")


def test_flops_are_those_of_generator_and_verifiers(tmp_path: Path) -> None:
    one, _, large = trio(tmp_path, n=1)
    judged = replace(answered("q0", 1), verifier=Usage(prompt_tokens=9, flops=5))
    scored = written(tmp_path / "scored", [judged], "best_of_n")
    matched = match([one, scored], large, unit="flops")
    assert [run.spent for run in matched.small] == [(40,), (45,)]


def test_flops_of_a_verifier_alone_are_not_what_an_answer_took(tmp_path: Path) -> None:
    one, _, large = trio(tmp_path, n=1)
    judged = replace(answered("q0", 1), generator=Usage(10), verifier=Usage(flops=5))
    scored = written(tmp_path / "scored", [judged], "best_of_n")
    with pytest.raises(RunUnfit, match="does not say how many flops each answer took"):
        match([one, scored], large, unit="flops")


@pytest.mark.parametrize(
    ("strategy", "model", "complaint"),
    [
        ("majority", "little", "neither this run of the small model nor another is of `sample`"),
        ("sample", "other", "is a run of other, the first one is of little"),
    ],
)
def test_runs_of_the_small_model_that_do_not_fit_are_refused(
    tmp_path: Path, strategy: str, model: str, complaint: str
) -> None:
    one = drawn(tmp_path / "a", [1], 10, "majority")
    two = drawn(tmp_path / "b", [1], 10, strategy, model=model)
    large = drawn(tmp_path / "c", [1], 10, "sample", model="big")
    with pytest.raises(RunUnfit, match=complaint):
        match([one, two], large)


def test_a_large_model_that_searches_and_a_cost_that_is_unknown_are_refused(
    tmp_path: Path,
) -> None:
    one, best, large = trio(tmp_path, n=1)
    with pytest.raises(RunUnfit, match="the large model's run has to be of `sample`"):
        match([one], best)
    free = written(tmp_path / "free", [answered("q0", 1, tokens=0)])
    with pytest.raises(RunUnfit, match="does not say how many tokens each answer took"):
        match([free], large)


def test_a_run_of_its_own_can_measure_difficulty_if_it_is_of_that_model(tmp_path: Path) -> None:
    path = tmp_path / "many"
    drawn(path, [0.75], 80, "majority", solutions=8)
    assert read_difficulties(path, "little") == {"q0": 0.25}
    with pytest.raises(RunUnfit, match="is a run of little, not of big"):
        read_difficulties(path, "big")


def test_files_that_measure_no_difficulty_are_refused(tmp_path: Path) -> None:
    drawn(tmp_path / "beam", [1], 80, "beam_search")
    with pytest.raises(RunUnfit, match="beam_search does not measure difficulty"):
        read_difficulties(tmp_path / "beam", "little")
    (tmp_path / "words.json").write_text('{"q0": "hard"}')
    with pytest.raises(RunFileError, match="holds no numbers by question, nor a run"):
        read_difficulties(tmp_path / "words.json", "little")
    with pytest.raises(RunFileError, match="cannot be read: No such file"):
        read_difficulties(tmp_path / "none.json", "little")
