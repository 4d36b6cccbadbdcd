"""Heads fitted to states of which it is known what they say."""

from random import Random

import numpy as np
import pytest

from evaluation.heads.baselines import by_confidence, by_vote
from evaluation.heads.fitting import Recipe, fit, logits
from evaluation.heads.making import Plan, make, rated, rewards_of
from evaluation.heads.observing import Observed, observe
from evaluation.verification import value, within_question_auc
from scorers.calibration import CalibrationError
from scorers.head import Head
from tests.scorers.candidates import LastWord
from tests.scorers.heads import shows, state
from training.examples import Example

KINDS = pytest.mark.parametrize("kind", ["linear", "pairs", "mlp"])
PLAN = Plan("linear", "solution", "last")


def seen(questions=30, each=6, seed=0) -> list[Observed]:
    """Solutions whose first number says whether they are right, and whose second their question."""
    chance = Random(seed)
    return [_seen(i, chance) for i in range(questions) for _ in range(each)]


def _seen(i: int, chance: Random) -> Observed:
    right = chance.random() < (0.2, 0.6)[i % 2]
    numbers = (chance.gauss(2 * right, 1), 10 * (i % 2) + chance.gauss(0, 1))
    example = Example(question=f"Question {i}?", steps=("a",), outcome=right)
    return Observed(example, (numbers,), (float(right),), 1)


@KINDS
def test_a_head_finds_what_tells_right_from_wrong(kind) -> None:
    layers = fit(seen(), Recipe(kind, 1.0))
    known = logits(layers, np.array([[-1.0, 5.0], [1.0, 5.0], [3.0, 5.0]]))
    assert list(known) == sorted(known)


@KINDS
def test_the_file_gives_the_logits_that_were_fitted(kind) -> None:
    layers = fit(seen(), Recipe(kind, 1.0))
    told = {"command": "by hand", "data": "none"}
    head = Head(kind="mlp" if kind == "mlp" else "linear", layers=layers, activation="relu",
                provenance=told)  # fmt: skip
    expected = 1 / (1 + np.exp(-logits(layers, np.array([[0.3, 4.0]]))[0]))
    assert head.probability([0.3, 4.0]) == pytest.approx(expected)


def test_pairs_learn_to_choose_even_where_most_of_what_differs_is_the_question() -> None:
    """Right ones of the easy questions look like wrong ones of the hard ones."""
    shifted = [
        Observed(one.example, ((one.states[0][0] - 4 * (one.states[0][1] > 5), 0.0),),
                 one.targets, 1)
        for one in seen()
    ]  # fmt: skip
    linear, pairs = (fit(shifted, Recipe(kind, 1.0))[0].weights[0] for kind in ("linear", "pairs"))
    assert pairs[0] > 2 * linear[0]


def test_a_label_between_right_and_wrong_counts_as_both() -> None:
    half = [Observed(one.example, one.states, (0.5,), 1) for one in seen()]
    layers = fit(half, Recipe("linear", 1.0))
    assert logits(layers, np.array([[0.0, 0.0], [2.0, 9.0]])) == pytest.approx(0, abs=1e-3)


def test_what_a_head_is_worth_is_of_questions_it_has_not_seen() -> None:
    """States that are only names of questions say nothing, however well they can be learnt."""
    names = np.random.default_rng(0).normal(size=(30, 40))
    blind = [
        Observed(one.example, (tuple(names[i // 6]),), one.targets, 1)
        for i, one in enumerate(seen())
    ]
    with pytest.raises(CalibrationError, match="does not rise"):
        make(blind, PLAN)


def test_the_rewards_are_calibrated_and_choose() -> None:
    made = make(seen(60), PLAN)
    others = seen(200, seed=1)
    found = rated(others, rewards_of(made.layers, made.calibration, others), PLAN)
    numbers = [r for question in found.values() for r in question]
    assert value(within_question_auc, list(found.values())) > 0.85
    mean = sum(r.score - r.target for r in numbers) / len(numbers)
    assert mean == pytest.approx(0, abs=0.05)


def test_the_same_labels_and_seed_give_the_same_head() -> None:
    plan = Plan("mlp", "solution", "last", seed=3)
    assert make(seen(), plan) == make(seen(), plan)


def test_too_few_or_all_alike_make_no_head() -> None:
    with pytest.raises(CalibrationError, match="12 solutions of 2 questions are too few"):
        make(seen(2), PLAN)
    right = [Observed(one.example, one.states, (1.0,), 1) for one in seen()]
    with pytest.raises(CalibrationError, match="all 180 labels are alike"):
        make(right, PLAN)


async def test_every_step_of_a_solution_has_its_outcome() -> None:
    example = Example(question="Q?", steps=("one two", "three"), outcome=True)
    found = await observe([example], shows(), level="solution", layout=None)
    [one] = found.solutions
    assert (len(one.states), one.targets, one.tokens) == (2, (1.0, 1.0), 3)


async def test_states_are_those_at_the_ends_of_steps_beside_their_labels() -> None:
    example = Example(question="Q?", steps=("one two", "three"), ratings=(1, -1))
    engine = shows()
    found = await observe([example], engine, level="step", layout=None)
    [(_, ids)] = engine.read
    [one] = found.solutions
    assert one.states == (state(ids[:-1]), state(ids))
    assert one.targets == (1.0, 0.0)


async def test_what_cannot_be_read_is_left_out_and_counted() -> None:
    blank = Example(question="Q?", steps=("",), outcome=False)
    long = Example(question="Q?", steps=("word " * 30,), outcome=True)
    unlabelled = Example(question="Q?", steps=("a",))
    found = await observe([blank, long, unlabelled], shows(states=20), level="solution",
                          layout=None)  # fmt: skip
    assert found.solutions == ()
    assert list(found.left_out.values()) == [1, 1]


async def test_what_is_free_is_asked_about_the_same_solutions() -> None:
    told = [("Answer: 4", 0.9), ("Answer: 4", 0.5), ("Answer: 5", 0.7)]
    examples = [
        Example(question="Q?", steps=(said,), outcome=said[-1] == "4", confidence=sure)
        for said, sure in told
    ]
    confidence = by_confidence(examples)
    vote = await by_vote(examples, LastWord(), "\n\n")
    assert [r.score for r in confidence["Q?"]] == [0.9, 0.5, 0.7]
    assert [r.score for r in vote["Q?"]] == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert by_confidence([Example(question="Q?", steps=("a",), outcome=True)]) is None
