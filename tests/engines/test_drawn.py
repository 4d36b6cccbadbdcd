"""Tokens and the text they make up."""

from hypothesis import given
from hypothesis import strategies as st

from engines.drawn import Drawn, Token, pieces_of, within


def token(raw: bytes) -> Drawn:
    return Drawn(Token(raw.decode(errors="replace"), -1.0, tuple(raw)))


@st.composite
def cut(draw) -> tuple[str, list[Drawn], int, int]:
    """A text, tokens that can end within its characters, and a part of it."""
    text = draw(st.text(alphabet="ab é\N{OWL}\n", min_size=1, max_size=12))
    raw = text.encode()
    ends = [*sorted(draw(st.sets(st.integers(1, len(raw))))), len(raw)]
    begins = [0, *ends]
    tokens = [token(raw[a:b]) for a, b in zip(begins, ends, strict=False) if a < b]
    since = draw(st.integers(0, len(text)))
    return text, tokens, since, draw(st.integers(since, len(text)))


@given(cut())
def test_tokens_within_a_part_cover_it_and_nothing_more(drawn) -> None:
    text, tokens, since, until = drawn
    part = within(text, tokens, since, until)
    assert part is not None
    raw, asked = b"".join(one.token.bytes for one in part), text[since:until].encode()
    assert asked in raw
    assert all(asked.find(one.token.bytes) >= 0 for one in part[1:-1])
    assert bool(part) is bool(asked)


@given(cut())
def test_pieces_join_to_the_text_and_have_every_token_once(drawn) -> None:
    text, tokens, since, until = drawn
    part = within(text, tokens, since, until)
    pieces = list(pieces_of(text[since:until], part or ()))
    assert "".join(piece.text for piece in pieces) == text[since:until]
    assert tuple(one for piece in pieces for one in piece.tokens) == part


def test_marks_without_a_text_are_in_no_part() -> None:
    tokens = [token(b"42"), Drawn(Token.of("<|im_end|>", -0.1))]
    assert within("42", tokens, 0, 2) == (tokens[0],)


def test_a_part_is_found_behind_thinking_that_a_server_trimmed() -> None:
    tokens = [token(b"<think>"), token(b"\n 42\n"), token(b"</think>\n\n"), token(b"42")]
    assert within("<think>42</think>42", tokens, 17, 19) == (tokens[3],)


def test_tokens_of_another_text_are_not_taken_for_it() -> None:
    assert within("43", [token(b"42")], 0, 2) is None


def test_half_a_character_without_bytes_has_none() -> None:
    assert Token.of("\ufffd", -1.0).raw is None
    assert Token.of("\N{OWL}", -1.0).raw == tuple("\N{OWL}".encode())
