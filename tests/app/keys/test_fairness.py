"""Whose turn is next: shares, and that nobody waits for ever."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.keys.fairness import FairOrder

WEIGHTS = st.floats(0.01, 100)
COSTS = st.integers(1, 64)
FLOWS = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(WEIGHTS, st.lists(COSTS, min_size=1)), min_size=2
)


def waiting(flows: dict[str, tuple[float, list[int]]]) -> FairOrder[tuple[str, int]]:
    order: FairOrder[tuple[str, int]] = FairOrder()
    for name, (weight, costs) in flows.items():
        for cost in costs:
            order.add(name, weight, cost, (name, cost))
    return order


@given(FLOWS)
def test_all_that_wait_are_taken_once_and_each_flow_in_its_order(flows) -> None:
    order = waiting(flows)
    taken = [order.take() for _ in range(len(order))]
    assert {name: [c for n, c in taken if n == name] for name in flows} == {
        name: costs for name, (_, costs) in flows.items()
    }
    assert (len(order), order.head()) == (0, None)


@given(FLOWS)
def test_while_two_wait_what_they_are_given_is_as_their_weights(flows) -> None:
    order, given_, left = waiting(flows), Counter[str](), {n: len(c) for n, (_, c) in flows.items()}
    while all(left.values()):
        name, cost = order.take()
        given_[name] += cost
        left[name] -= 1
        shares = {n: (given_[n] / w, max(c) / w) for n, (w, c) in flows.items()}
        for mine, most in shares.values():
            for theirs, at_most in shares.values():
                # Theorem 1 of the paper.
                assert abs(mine - theirs) <= (most + at_most) * (1 + 1e-9)


@given(st.lists(st.tuples(WEIGHTS, COSTS), min_size=1, max_size=5), st.integers(0, 40), WEIGHTS)
def test_nobody_is_kept_waiting_by_those_who_never_stop_asking(greedy, before, weight) -> None:
    order: FairOrder[int] = FairOrder()

    def ask(i: int) -> None:
        order.add(str(i), *greedy[i], i)

    for i in range(len(greedy)):
        ask(i)
    for _ in range(before):
        ask(order.take())
    order.add("patient", weight, 64, -1)
    turns = Counter[int]()
    while (taken := order.take()) >= 0:
        ask(taken)
        turns[taken] += 1
    assert all(theirs == 1 for theirs in turns.values())


def test_one_who_comes_late_has_saved_nothing_up() -> None:
    order: FairOrder[str] = FairOrder()
    for _ in range(10):
        order.add("early", 1, 4, "early")
    assert [order.take() for _ in range(5)] == ["early"] * 5
    for _ in range(5):
        order.add("late", 1, 4, "late")
    assert [order.take() for _ in range(6)].count("late") == 3


def test_twice_the_weight_is_twice_the_share() -> None:
    order: FairOrder[str] = FairOrder()
    for _ in range(30):
        order.add("one", 1, 8, "one")
        order.add("two", 2, 8, "two")
    assert Counter(order.take() for _ in range(30)) == {"one": 10, "two": 20}


def test_a_search_of_many_samples_counts_as_many_of_one() -> None:
    order: FairOrder[str] = FairOrder()
    for _ in range(40):
        order.add("wide", 1, 16, "wide")
        order.add("narrow", 1, 1, "narrow")
    taken = Counter(order.take() for _ in range(34))
    assert taken == {"wide": 2, "narrow": 32}


def test_the_last_to_come_of_the_longest_is_the_first_to_go() -> None:
    order: FairOrder[str] = FairOrder()
    for name in ("a1", "a2", "b1", "a3", "b2"):
        order.add(name[0], 1, 1, name)
    assert order.surplus() == ("a", "a3")
    order.discard(*order.surplus())
    assert order.surplus() == ("b", "b2")


def test_one_who_gives_up_is_not_taken() -> None:
    order: FairOrder[str] = FairOrder()
    for name in ("a1", "a2"):
        order.add("a", 1, 1, name)
    order.discard("a", "a1")
    order.discard("nobody", "a1")
    assert (order.take(), len(order)) == ("a2", 0)
