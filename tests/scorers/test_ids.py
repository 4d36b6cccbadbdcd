import pytest

from scorers.base import ScorerUnavailable
from scorers.ids import Encoded, Encoder
from scorers.layout import Layout
from tests.scorers.candidates import candidate, prompt

LINES = Layout("\n", "{question}{separator}", apart=True)


class Tokenizer:
    """A token a letter, but none for `left_out`."""

    def __init__(self, left_out: str = "") -> None:
        self.asked: list[tuple[str, bool]] = []
        self._left_out = left_out

    async def __call__(self, text: str, special: bool) -> tuple[int, ...]:
        self.asked.append((text, special))
        return tuple(ord(letter) for letter in text if letter not in self._left_out)


def solution(*steps: str):
    return LINES.write(candidate(*steps, asked=prompt("q")))


async def test_every_piece_is_tokenized_by_itself_and_once():
    tokenizer = Tokenizer()
    encoder = Encoder(LINES, tokenizer)
    await encoder.encode([solution("a", "b"), solution("a", "c")])
    await encoder.encode([solution("a", "b")])
    assert tokenizer.asked == [
        ("\n", False), ("q\n", True), ("a", False), ("b", False), ("c", False)
    ]  # fmt: skip


async def test_the_rated_token_is_the_separators_last():
    layout = Layout("\n\t", "{question}", apart=True)
    encoder = Encoder(layout, Tokenizer())
    (sent,) = await encoder.encode([layout.write(candidate("a", asked=prompt("q")))])
    assert sent == Encoded((113, 97, 10, 9), (3,), 9, 1)
    assert encoder.tag == 9


async def test_separators_in_the_question_and_the_steps_are_not_the_steps_ends():
    (sent,) = await Encoder(LINES, Tokenizer()).encode([solution("a\nb", "c")])
    assert sent.own(["question", "a", "b", "c"]) == ["b", "c"]


async def test_a_tokenizer_that_leaves_the_separator_out_is_no_use():
    with pytest.raises(ScorerUnavailable, match="has no token"):
        await Encoder(LINES, Tokenizer("\n")).encode([solution("a")])
