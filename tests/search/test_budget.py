"""The ledger's arithmetic."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Capabilities
from engines.price import Price
from engines.usage import Usage
from search.budget import Ask, Budget, Ledger
from search.errors import BudgetExhausted

ABLE = Capabilities("m", parameters=1, price=Price(prompt=1e6, completion=3e6))
FREE = Capabilities("m")
rounds = st.lists(
    st.tuples(
        st.lists(st.integers(0, 30), min_size=1, max_size=4),
        st.integers(1, 9),
        st.integers(1, 50),
        st.integers(0, 40),
        st.floats(0, 1),
    ),
    max_size=9,
)


@given(rounds, *(st.integers(0, most) for most in (300, 900, 12, 900)))
def test_a_ledger_gives_out_what_there_is_and_no_more(asked, tokens, flops, calls, cost) -> None:
    ledger = Ledger(Budget(tokens=tokens, flops=flops, calls=calls, cost=cost))
    for prompts, n, max_tokens, again, used in asked:
        try:
            allowed = ledger.allow([Ask(p, ABLE, again) for p in prompts], n, max_tokens)
        except BudgetExhausted:
            continue
        assert 1 <= allowed.n <= n
        assert 1 <= allowed.max_tokens <= max_tokens
        assert (allowed.short_of is None) == ((allowed.n, allowed.max_tokens) == (n, max_tokens))
        for prompt, hold in zip(prompts, allowed.holds, strict=True):
            drawn = int(used * allowed.n * allowed.max_tokens)
            usage = ABLE.bill(prompt + again * allowed.n, 0, drawn)
            ledger.settle(hold, usage, "generator")
    assert ledger.total.completion_tokens <= tokens
    assert ledger.total.flops <= flops
    assert ledger.total.calls <= calls
    assert ledger.total.cost <= cost


@given(rounds)
def test_without_limits_a_round_is_as_asked(asked) -> None:
    ledger = Ledger(Budget())
    for prompts, n, max_tokens, again, _ in asked:
        allowed = ledger.allow([Ask(p, FREE, again) for p in prompts], n, max_tokens)
        assert (allowed.n, allowed.max_tokens, allowed.short_of) == (n, max_tokens, None)


@pytest.mark.parametrize(
    ("budget", "currency"),
    [
        (Budget(tokens=3), "tokens"),
        (Budget(calls=1), "calls"),
        (Budget(flops=50), "flops"),
        (Budget(cost=41), "cost"),
    ],
)
def test_running_out_names_the_currency(budget: Budget, currency: str) -> None:
    with pytest.raises(BudgetExhausted) as caught:
        Ledger(budget).allow([Ask(10, ABLE)] * 4, 2, 20)
    assert caught.value.currency == currency


def test_fewer_samples_are_drawn_rather_than_useless_ones() -> None:
    allowed = Ledger(Budget(tokens=40)).allow([Ask(5, FREE)], 8, 500)
    assert (allowed.n, allowed.max_tokens, allowed.short_of) == (2, 20, "tokens")


def test_a_hold_that_is_never_settled_stays() -> None:
    ledger = Ledger(Budget(tokens=100))
    ledger.allow([Ask(0, FREE)], 1, 60)
    assert ledger.left.tokens == 40
    assert ledger.left.flops == inf


def test_a_verifier_is_not_asked_if_it_could_overspend() -> None:
    ledger = Ledger(Budget(calls=1))
    ledger.hold(Usage(calls=1))
    with pytest.raises(BudgetExhausted, match="calls"):
        ledger.hold(Usage(calls=1))
