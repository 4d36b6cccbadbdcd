"""What a key has asked and spent in the last minute."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.callers import Caller
from app.keys.errors import RateLimited
from app.keys.limits import Limits
from app.keys.rates import Rates, duration, told
from app.keys.window import Window


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def holder(id_: str = "key_1", **limits: int) -> Caller:
    return Caller(id_, limits=Limits.model_validate(limits))


def headers(rates: Rates, caller: Caller) -> dict[str, str]:
    return dict(told(rates.standings(caller)))


def test_a_request_too_many_is_refused_until_the_first_is_a_minute_old() -> None:
    clock, caller = Clock(), holder(requests_per_minute=2)
    rates = Rates(clock)
    rates.count(caller)
    clock.now += 20
    rates.count(caller)
    with pytest.raises(RateLimited, match="2 requests a minute") as refused:
        rates.count(caller)
    assert refused.value.retry_after == 40
    clock.now += 40
    rates.count(caller)
    with pytest.raises(RateLimited):
        rates.count(caller)


def test_keys_do_not_use_up_each_others_windows() -> None:
    rates = Rates()
    for id_ in ("key_1", "key_2"):
        rates.count(holder(id_, requests_per_minute=1))


def test_tokens_are_charged_in_full_and_refused_when_they_are_used_up() -> None:
    rates, caller = Rates(Clock()), holder(tokens_per_minute=100)
    rates.charge(caller, 99)
    rates.check(caller)
    assert headers(rates, caller)["x-ratelimit-remaining-tokens"] == "1"
    rates.charge(caller, 500)
    with pytest.raises(RateLimited, match="100 tokens a minute"):
        rates.check(caller)
    assert headers(rates, caller)["x-ratelimit-remaining-tokens"] == "0"


def test_what_is_left_is_told_in_the_words_of_openai() -> None:
    clock, caller = Clock(), holder(requests_per_minute=10, tokens_per_minute=1_000)
    rates = Rates(clock)
    rates.count(caller)
    clock.now += 59.98
    assert headers(rates, caller) == {
        "x-ratelimit-limit-requests": "10",
        "x-ratelimit-remaining-requests": "9",
        "x-ratelimit-reset-requests": "20ms",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "1000",
        "x-ratelimit-reset-tokens": "0ms",
    }


def test_a_key_without_limits_is_told_nothing() -> None:
    rates, caller = Rates(), holder()
    rates.count(caller)
    rates.charge(caller, 10**9)
    rates.check(caller)
    assert headers(rates, caller) == {}


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1_000))), st.integers(1, 3_000))
def test_a_window_has_what_was_taken_in_the_last_minute(steps, limit: int) -> None:
    window, now, taken = Window(), 0, list[tuple[int, int]]()
    for seconds, amount in steps:
        now += seconds
        window.take(amount, now)
        taken.append((now, amount))
        assert window.used(now) == sum(a for at, a in taken if at > now - 60)
    free = now + int(window.below(limit, now))
    assert sum(a for at, a in taken if at > free - 60) < limit
    assert free == now or sum(a for at, a in taken if at > free - 61) >= limit
    empty = now + int(window.empty(now))
    assert sum(a for at, a in taken if at > empty - 60) == 0


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0ms"), (0.0199, "20ms"), (1, "1s"), (59.2, "1m0s"), (360, "6m0s"), (61.5, "1m2s")],
)
def test_a_time_is_written_as_openai_does(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@given(st.floats(0, 10_000))
def test_a_time_that_is_told_is_never_too_short(seconds: float) -> None:
    parts = re.fullmatch(r"(?:(\d+)ms|(?:(\d+)m)?(\d+)s)", duration(seconds))
    assert parts
    milliseconds, minutes, rest = (int(part or 0) for part in parts.groups())
    told_ = milliseconds / 1000 + 60 * minutes + rest
    assert seconds <= told_ < seconds + 1
