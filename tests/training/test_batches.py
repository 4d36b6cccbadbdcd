from hypothesis import given
from hypothesis import strategies as st

from training.tuning.batches import batches, by_number, epoch, held_out

lengths = st.lists(st.integers(1, 50), max_size=40)
names = st.sets(st.text(max_size=4), max_size=40)


@given(lengths, st.integers(1, 200))
def test_every_solution_is_in_one_batch_of_no_more_tokens_than_allowed(lengths, tokens):
    found = batches(lengths, tokens)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        padded = len(batch) * max(lengths[place] for place in batch)
        assert padded <= tokens or len(batch) == 1


@given(lengths, st.integers(1, 200), st.text(max_size=3))
def test_a_pass_has_every_solution_once_in_an_order_of_its_seed(lengths, tokens, seed):
    found = epoch(lengths, tokens, seed)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    assert found == epoch(lengths, tokens, seed)
    assert len(found) == len(epoch(lengths, tokens, seed + "another"))


def test_passes_differ_in_their_order_and_in_who_comes_together():
    one, other = (epoch([5] * 12, 20, seed) for seed in "ab")
    assert {frozenset(batch) for batch in one} != {frozenset(batch) for batch in other}


@given(names, st.floats(0, 0.5), st.integers())
def test_some_questions_are_held_out_but_never_all(questions, share, seed):
    apart = held_out(questions, share, seed)
    assert apart <= questions
    assert len(apart) < max(1, len(questions))
    assert bool(apart) == (share > 0 and len(questions) > 1)
    assert apart == held_out(list(questions) * 2, share, seed)


def test_another_seed_holds_out_other_questions():
    questions = [str(i) for i in range(100)]
    assert held_out(questions, 0.1, 0) != held_out(questions, 0.1, 1)
    assert len(held_out(questions, 0.1, 0)) == 10


@given(st.integers(0, 40), st.integers(1, 50), st.text(max_size=3))
def test_batches_by_number_have_every_place_once_and_are_full_but_the_last(count, size, seed):
    found = by_number(count, size, seed)
    assert sorted(place for batch in found for place in batch) == list(range(count))
    assert all(len(batch) == size for batch in found[:-1])
    assert found == by_number(count, size, seed)
