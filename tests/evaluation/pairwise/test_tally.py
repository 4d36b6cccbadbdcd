import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.usage import Usage
from evaluation.pairwise.protocol import Scores, Verdict, verdict_of
from evaluation.pairwise.records import Answer, Failed, Judged, Rating
from evaluation.pairwise.tally import tally, win_rate

VERDICTS = st.lists(st.sampled_from(["win", "tie", "lose"]), min_size=1, max_size=30)
MIRROR: dict[Verdict, Verdict] = {"win": "lose", "tie": "tie", "lose": "win"}
BILL = Usage(3, 0, 2, 1)


def judged(name: str, ab: Scores | None, ba: Scores | None) -> Judged:
    """Return the record of two ratings; either reply may be unreadable."""
    verdict = verdict_of(ab, ba) if ab and ba else None
    ratings = [Rating("told", scores, BILL) for scores in (ab, ba)]
    return Judged(name, "?", Answer("a", None, BILL), Answer("b"), *ratings, verdict)


@pytest.mark.parametrize(
    ("won", "tied", "lost", "rate"),
    [(150, 40, 28, 1.5596), (72, 93, 53, 1.0872), (5, 0, 0, 2), (0, 0, 5, 0), (0, 7, 0, 1)],
)
def test_the_win_rate_is_wins_less_losses_over_all_and_one(
    won: int, tied: int, lost: int, rate: float
) -> None:
    verdicts: list[Verdict] = ["win"] * won + ["tie"] * tied + ["lose"] * lost
    assert win_rate(verdicts).value == pytest.approx(rate, abs=1e-4)


@given(VERDICTS)
def test_the_other_way_round_the_win_rate_is_mirrored_about_1(verdicts: list[Verdict]) -> None:
    there, back = win_rate(verdicts), win_rate([MIRROR[verdict] for verdict in verdicts])
    assert back.value == pytest.approx(2 - there.value)
    assert (back.low, back.high) == pytest.approx((2 - there.high, 2 - there.low))
    assert 0 <= there.low <= there.high <= 2


def test_what_could_not_be_read_or_had_is_in_no_verdict() -> None:
    up, down = Scores(9, 2), Scores(2, 9)
    records = [judged("1", up, up), judged("2", up, None), judged("3", None, None),
               judged("4", up, down), Failed("5", "?", "EngineUnavailable: gone")]  # fmt: skip
    found = tally(records, left_out=2)
    assert (found.wins, found.ties, found.losses, found.judged, found.split) == (1, 1, 0, 2, 1)
    assert (found.unreadable, found.failed, found.left_out) == (2, 1, 2)
    assert found.win_rate is not None
    assert found.win_rate.value == 1.5
    assert (found.a.calls, found.b.calls, found.judge.calls) == (4, 0, 8)


def test_without_a_verdict_there_is_no_win_rate() -> None:
    assert tally([judged("1", None, Scores(5, 5))]).win_rate is None
