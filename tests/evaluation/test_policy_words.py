import pytest

from evaluation.compute import Point
from evaluation.policy_words import at_equal_compute, called, family, of_compute, percent, points
from search.policy import Interval
from search.strategies import BeamSearch, BestOfN, OneSample, WeightedBestOfN


def interval(low: float, value: float, high: float) -> Interval:
    return Interval(low=low, value=value, high=high)


AIM = interval(0.6, 0.7, 0.8)
OURS = (Point(10, interval(0.4, 0.5, 0.6)), Point(40, interval(0.55, 0.65, 0.75)))
TARGET = BestOfN(n=256)


@pytest.mark.parametrize(
    ("strategy", "name", "kin"),
    [
        (OneSample(n=1), "one plain sample", "sample"),
        (BestOfN(n=8), "best-of-8", "best_of_n"),
        (WeightedBestOfN(n=4), "weighted-best-of-4", "weighted_best_of_n"),
        (BeamSearch(n=16), "beam_search n=16", "beam_search"),
        (BeamSearch(n=16, width=2), "beam_search n=16 width=2", "beam_search width=2"),
        (BeamSearch(n=4, step_end="\n"), r'beam_search n=4 step_end="\n"',
         r'beam_search step_end="\n"'),
    ],
)  # fmt: skip
def test_a_strategy_is_called_by_what_sets_it_apart(strategy, name: str, kin: str) -> None:
    assert (called(strategy), family(strategy)) == (name, kin)


def test_numbers_are_in_percent_and_points() -> None:
    assert percent(AIM) == "70.0 % [60.0, 80.0]"
    assert points(interval(-0.012, 0.021, 0.039)) == "+2.1 points [-1.2, 3.9]"


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (interval(2, 4.14, 6), "accuracy with 4.1 x less compute [2.0, 6.0]."),
        (interval(0.9, 1.5, 2), "1.5 x less compute [0.9, 2.0]; that it is less may be chance."),
        (interval(0, 4, 6), "4.0 x less compute [0.0, 6.0]; on other questions like these it may "
         "not reach it."),
        (interval(0.25, 0.5, 2), "accuracy only with 2.0 x more compute [0.5, 4.0]."),
        (interval(0, 0.5, 0.8), "accuracy only with 2.0 x more compute [1.2, endless]."),
    ],
)  # fmt: skip
def test_what_is_saved_is_said_with_its_interval(ratio: Interval, said: str) -> None:
    sentence = of_compute(TARGET, AIM, ratio, OURS)
    assert sentence.startswith("auto reaches best-of-256's accuracy ")
    assert sentence.endswith(said)


def test_that_it_is_not_reached_is_said_plainly() -> None:
    assert of_compute(TARGET, AIM, None, OURS) == (
        "auto does not reach best-of-256's accuracy of 70.0 % [60.0, 80.0]: at most it has 65.0 % "
        "[55.0, 75.0]."
    )


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        (interval(0.01, 0.02, 0.03), "+2.0 points [1.0, 3.0]."),
        (interval(-0.03, -0.02, -0.01), "-2.0 points [-3.0, -1.0]."),
        (interval(-0.01, 0.02, 0.05), "+2.0 points [-1.0, 5.0], which may be chance."),
    ],
)
def test_a_gain_at_equal_compute_that_may_be_chance_is_said_to_be(gain, said: str) -> None:
    assert at_equal_compute(TARGET, 12345.6, AIM, gain) == (
        "For the compute of best-of-256, 12,346 tokens a question, auto's accuracy is 70.0 % "
        f"[60.0, 80.0]: {said}"
    )


def test_what_takes_more_than_all_of_the_compute_cannot_be_compared() -> None:
    assert at_equal_compute(TARGET, 10, None, None) == (
        "For the compute of best-of-256, 10 tokens a question, auto cannot be had."
    )
