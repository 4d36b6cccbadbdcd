from string import ascii_letters as letters

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from training.pairs import Pair
from training.pause.samples import Paused, pretraining
from training.pause.settings import FinetuneConfig, PretrainConfig
from training.sft.samples import read
from training.tuning.rows import Row

P = 0
TEXT = [tuple(range(1, 41)), tuple(range(1, 41)), tuple(range(41, 61))]
ALL = PretrainConfig(validation=0)


def test_every_pass_has_its_pauses_elsewhere_and_the_same_ones_again():
    rows = pretraining(TEXT, P, ALL)
    first, second = rows.of_pass(0), rows.of_pass(1)
    assert first == rows.trained
    assert first != second
    assert first[0] != first[1]
    assert rows.of_pass(1) == second == pretraining(TEXT, P, ALL).of_pass(1)
    assert second != pretraining(TEXT, P, ALL.model_copy(update={"seed": 1})).of_pass(1)


def test_both_arms_see_equally_many_tokens():
    paused, plain = (
        pretraining(TEXT, P, ALL),
        pretraining(TEXT, P, PretrainConfig(share=0, validation=0)),
    )
    assert [len(row.ids) for row in paused.trained] == [len(row.ids) for row in plain.trained]
    assert [row.ids for row in plain.trained] == TEXT
    assert any(P in row.ids for row in paused.trained)


def test_what_is_held_out_has_pauses_too_and_is_never_learnt_from():
    rows = pretraining(TEXT, P, PretrainConfig(validation=0.3))
    [apart] = rows.held_out
    assert P in apart.ids
    assert len(rows.trained) == len(rows.of_pass(3)) == 2


@given(st.integers(3, 40), st.floats(0, 0.5), st.integers(0, 9), st.integers(0, 3))
def test_of_every_row_something_is_learnt_in_every_pass(
    length: int, share: float, seed: int, number: int
):
    settings = PretrainConfig(share=share, seed=seed, validation=0)
    [row] = pretraining([tuple(range(1, length + 1))], P, settings).of_pass(number)
    assert row.places
    assert all(row.ids[place] != P for place in row.places)


class Letters:
    """Encodes each letter as a token; what is learnt of a pair is its response."""

    def encode(self, pair: Pair) -> Row:
        asked, answered = map(len, (pair.instruction, pair.response))
        ids = tuple(map(ord, pair.instruction + pair.response))
        return Row(ids, (*[False] * asked, *[True] * answered))


def test_a_response_is_learnt_behind_its_prompt_and_pauses():
    row = Paused(Letters(), 2, P).encode(Pair("ab", "cd"))
    assert row.ids == (ord("a"), ord("b"), P, P, ord("c"), ord("d"))
    assert row.places == [4, 5]


@given(st.text(letters, min_size=1), st.text(letters, min_size=1), st.integers(0, 50))
def test_pauses_change_nothing_of_what_is_read_and_learnt(asked: str, answered: str, m: int):
    pair = Pair(asked, answered)
    plain, row = Letters().encode(pair), Paused(Letters(), m, P).encode(pair)
    assert [token for token in row.ids if token != P] == list(plain.ids)
    assert [place - m for place in row.places] == plain.places


def test_pauses_count_in_what_is_too_long():
    pairs = [Pair("ab", "c"), Pair("ab", "cd")]
    settings = FinetuneConfig(validation=0, max_tokens=5)
    found = read(settings, pairs, Paused(Letters(), 2, P), 99, lambda _: None)
    assert (len(found.rows.trained), found.rows.too_long) == (1, 1)


@pytest.mark.parametrize(
    ("config", "given"),
    [
        (PretrainConfig, {"pauses": 10}),
        (PretrainConfig, {"max_tokens": 9}),
        (PretrainConfig, {"share": 0.6}),
        (FinetuneConfig, {"share": 0.1}),
        (FinetuneConfig, {"pauses": -1}),
    ],
)
def test_a_setting_of_the_other_stage_is_refused(config: type, given: dict[str, float]):
    with pytest.raises(ValidationError):
        config(**given)
