"""What tokens cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Capabilities
from engines.price import Price
from engines.usage import Usage

tokens = st.integers(0, 10_000)
PRICED = Capabilities("m", parameters=7e9, price=Price(prompt=2, completion=10, cached=0.5))


@given(tokens, tokens, tokens)
def test_a_bill_is_of_what_was_computed(cached: int, fresh: int, drawn: int) -> None:
    bill = PRICED.bill(cached + fresh, cached, drawn)
    assert bill.flops == 14e9 * (fresh + drawn)
    assert bill.cost == pytest.approx((2 * fresh + 0.5 * cached + 10 * drawn) / 1e6)
    assert (bill.prompt_tokens, bill.cached_tokens, bill.completion_tokens, bill.calls) == (
        cached + fresh,
        cached,
        drawn,
        1,
    )


@given(st.lists(st.builds(Usage, tokens, tokens, tokens, st.integers(0, 9)), max_size=5))
def test_bills_add_up(bills: list[Usage]) -> None:
    total = sum(bills, start=Usage())
    assert total.completion_tokens == sum(bill.completion_tokens for bill in bills)
    assert total.calls == sum(bill.calls for bill in bills)


def test_what_has_no_size_and_no_price_costs_neither() -> None:
    bill = Capabilities("m").bill(10, 0, 10)
    assert (bill.flops, bill.cost) == (0, 0)
