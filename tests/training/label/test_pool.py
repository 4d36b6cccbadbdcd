import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scorers.base import ScorerUnavailable
from tests.scorers.candidates import LastWord
from tests.training.label.rows import row, step, way, written
from tests.training.label.solutions import Says, solution
from training.examples import Example, write_examples
from training.label.active import Ranked
from training.label.already import Already
from training.label.grading import Grading
from training.label.judging import Judging
from training.label.pool import Pool, read_scores

WRONG = [solution(f"{i} .{i}", outcome=False) for i in range(1, 7)]
RIGHT = [solution(f"{i} .{i}5", outcome=True) for i in range(1, 5)]


class Kept(list[Ranked]):
    """The scores that a pool keeps, and how it is made."""

    async def pool(
        self,
        examples: Sequence[Example],
        *paths: Path,
        known: Sequence[Ranked] = (),
        scorer: Says | None = None,
    ) -> Pool:
        judging = Judging(scorer or Says())
        before = {one.key: one for one in known}
        pool = Pool(judging, Grading(LastWord()), Already(paths), before, self.append)
        await pool.read(examples)
        return pool


def first_steps(examples: Sequence[Example]) -> list[str]:
    return [example.steps[0] for example in examples]


async def test_the_most_convincing_are_picked_of_each_question_and_come_in_order() -> None:
    other = solution("x 0.1", question="3+3=?", outcome=True)
    solutions = [*WRONG, *RIGHT, other]
    pool = await Kept().pool(solutions)
    picked = list(pool.pick(solutions, 5, seed=0))
    assert first_steps(picked) == ["3 .3", "4 .4", "5 .5", "6 .6", "4 .45", "x 0.1"]
    assert [one.outcome for one in picked] == [False] * 4 + [True] * 2
    assert (pool.counts.questions, pool.counts.solutions) == (2, 11)
    assert (pool.counts.picked_wrong, pool.counts.picked_right) == (4, 2)


async def test_what_is_picked_has_no_labels_of_steps() -> None:
    labelled = WRONG[0].model_copy(update={"ratings": (1,)})
    pool = await Kept().pool([labelled])
    assert list(pool.pick([labelled], 1, seed=0)) == [WRONG[0]]


async def test_the_same_solution_counts_once() -> None:
    scorer = Says()
    pool = await Kept().pool([WRONG[0]] * 600, scorer=scorer)
    assert list(pool.pick([WRONG[0]] * 600, 5, seed=0)) == [WRONG[0]]
    assert (pool.counts.solutions, sum(scorer.asked)) == (1, 256)


async def test_outcomes_that_are_not_known_are_graded() -> None:
    solutions = [solution(f"Answer: {i}\n\n.5", truth="4") for i in (4, 5)]
    solutions = [one.model_copy(update={"answer": one.steps[0][8]}) for one in solutions]
    pool = await Kept().pool(solutions)
    assert [one.outcome for one in pool.pick(solutions, 2, seed=0)] == [True, False]


async def test_what_has_no_score_is_counted_and_not_picked() -> None:
    kept = Kept()
    silent = solution("long", outcome=False)
    pool = await kept.pool([silent, WRONG[0]])
    assert list(pool.pick([silent, WRONG[0]], 5, seed=0)) == [WRONG[0]]
    assert (pool.counts.not_scored, kept[0].reason) == (1, "it is too long")


async def test_scores_from_before_are_not_asked_for_again(tmp_path: Path) -> None:
    kept = Kept()
    first = await kept.pool([*WRONG, *RIGHT])
    scorer, again = Says(), Kept()
    second = await again.pool([*WRONG, *RIGHT], known=kept, scorer=scorer)
    assert (scorer.asked, again, second.counts.scored_before) == ([], [], 10)
    solutions = [*WRONG, *RIGHT]
    assert list(first.pick(solutions, 5, 0)) == list(second.pick(solutions, 5, 0))


async def test_scores_that_were_had_before_the_selector_failed_are_kept() -> None:
    class Dies(Says):
        async def judge(self, candidates):
            if len(self.asked) == 20:
                raise ScorerUnavailable("gone")
            return await super().judge(candidates)

    kept = Kept()
    with pytest.raises(ScorerUnavailable):
        await kept.pool([solution(f"{i} .5", outcome=False) for i in range(1000)], scorer=Dies())
    assert len(kept) == 320


def test_scores_of_another_selector_and_those_that_are_none_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    mine = Ranked(key="a", right=True, selector="mine", score=0.5)
    others = [mine.model_copy(update={"selector": "other", "key": "b"}),
              Ranked(key="c", right=True, selector="mine", reason="too long")]  # fmt: skip
    path.write_text("".join(one.model_dump_json() + "\n" for one in (mine, *others)))
    assert read_scores(path, "mine") == {"a": mine}
    assert read_scores(tmp_path / "absent", "mine") == {}


def test_what_has_labels_in_either_form_is_labelled_already(tmp_path: Path) -> None:
    examples = tmp_path / "examples.jsonl"
    write_examples(examples, [solution("a", "b", ratings=(1, 0))])
    question = {"problem": "2+2=?", "pre_generated_steps": ["c", "d"]}
    rows = written(tmp_path, row(step(way("c", -1), chosen=None), question=question))
    already = Already([examples, rows])
    there = [solution(*steps) in already for steps in ("ab", "cd", "ce", "a", "abc")]
    assert there == [True, True, True, False, False]
    assert solution("a", "b", question="other") not in already


def test_what_begins_with_a_labelled_error_is_labelled_already(tmp_path: Path) -> None:
    examples = tmp_path / "examples.jsonl"
    write_examples(examples, [solution("a", "b", ratings=(1, -1))])
    already = Already([examples])
    assert solution("a", "b", "c") in already
    assert solution("a", "c", "b") not in already


async def test_what_was_labelled_already_is_not_picked(tmp_path: Path) -> None:
    examples = tmp_path / "examples.jsonl"
    write_examples(examples, WRONG[-2:])
    solutions = [*WRONG, *RIGHT]
    pool = await Kept().pool(solutions, examples)
    picked = first_steps(list(pool.pick(solutions, 5, seed=0)))
    assert picked == ["1 .1", "2 .2", "3 .3", "4 .4", "4 .45"]
    assert pool.counts.labelled_before == 2
    assert json.loads(examples.read_text().splitlines()[0])["steps"] == ["5 .5"]
