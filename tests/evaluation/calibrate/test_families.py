from dataclasses import replace

import pytest

from engines.fake import FakeEngine
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.calibrate.families import DEFAULT, baseline_of, between, searches_steps, strategies
from search.strategies import BeamSearch, BestOfN, Lookahead, OneSample, Revisions, WeightedBestOfN
from tests.search.world import SharesOfB, a_or_b, models


class OfWholes(SharesOfB):
    partial = False


def found(*asked, sizes=(1, 4, 16), stepwise=True):
    return strategies(asked, sizes, stepwise=stepwise)


def test_a_default_is_of_every_size_and_between() -> None:
    kinds = {one.kind for one in found(DEFAULT)}
    assert kinds == {"majority", "best_of_n", "weighted_best_of_n", "adaptive_consistency",
                     "early_stopping_consistency", "beam_search"}  # fmt: skip
    assert [one.n for one in found(DEFAULT) if one.kind == "majority"] == [2, 4, 8, 16]
    beams = [BeamSearch(n=4, width=4), BeamSearch(n=16, width=4)]
    assert [one for one in found(DEFAULT) if one.kind == "beam_search"] == beams
    assert not any(one.kind == "beam_search" for one in found(DEFAULT, stepwise=False))


def test_sizes_between_are_powers_of_two_and_those_asked_for() -> None:
    assert between([1, 4, 16]) == [1, 2, 4, 8, 16]
    assert between([3, 10]) == [3, 4, 8, 10]
    assert between([6]) == [6]


def test_a_kind_is_measured_at_each_size() -> None:
    assert found("best_of_n") == [BestOfN(n=1), BestOfN(n=4), BestOfN(n=16)]
    assert found("lookahead", sizes=(64,)) == [
        Lookahead(n=64, width=4), Lookahead(n=64, width="sqrt_n")]  # fmt: skip
    assert found("self_refine", sizes=(1, 4))[0].kind == "self_refine"
    assert len(found("self_refine", sizes=(1, 4))) == 1


def test_revisions_are_measured_at_several_ratios() -> None:
    ratios = [(one.chains, one.length) for one in found("revisions", sizes=(16, 256))]
    assert ratios == [(1, 16), (4, 4), (4, 64), (16, 16), (64, 4)]
    assert found("revisions", sizes=(2,)) == [Revisions(chains=1, length=2)]


def test_a_strategy_is_measured_as_it_is_given_and_once() -> None:
    given = {"kind": "best_of_n", "n": 4}
    assert found(given, "best_of_n", given) == [BestOfN(n=4), BestOfN(n=1), BestOfN(n=16)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("magic", "no strategy 'magic'"),
        ({"kind": "best_of_n", "m": 4}, "is no strategy: best_of_n.m"),
        ("dvts", "cannot be set for 1"),
        (4, "is no strategy"),
    ],
)
def test_what_is_no_strategy_is_refused(asked, said: str) -> None:
    with pytest.raises(CannotCalibrate, match=said):
        found(asked, sizes=(1,))


def test_the_baseline_begins_with_one_plain_sample() -> None:
    assert baseline_of("best_of_n", (1, 4)) == [OneSample(n=1), BestOfN(n=4)]
    assert baseline_of("weighted_best_of_n", (2,)) == [OneSample(n=1), WeightedBestOfN(n=2)]


def test_steps_are_searched_where_they_can_be_continued_and_judged() -> None:
    engine = FakeEngine(a_or_b)
    assert searches_steps(models(engine))
    assert not searches_steps(models(engine, OfWholes()))
    engine.capabilities = replace(engine.capabilities, continues=False)
    assert not searches_steps(models(engine))
