"""What is learnt of a pair is what a served model draws after the prompt it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.conversation import Message
from tests.training.sft.chats import chat, text, tokenize
from training.pairs import Pair
from training.sft.chat import BadTemplate, Chat, Encoder
from training.tuning.rows import Row

SAID = st.text(st.characters(codec="ascii", exclude_characters="<"), min_size=1, max_size=12)


def learnt(row: Row) -> str:
    return text(tuple(token for token, wanted in zip(row.ids, row.targets, strict=True) if wanted))


def read(row: Row) -> str:
    return text(tuple(t for t, wanted in zip(row.ids, row.targets, strict=True) if not wanted))


def test_the_response_and_the_token_that_ends_it_are_learnt():
    row = Encoder(chat()).encode(Pair("2+3?", "5"))
    assert read(row) == "<s>user\n2+3?<|end|>\nassistant\n"
    assert learnt(row) == "5<|end|>"


def test_of_a_conversation_the_last_response_alone_is_learnt():
    before = (Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Hi!"))
    row = Encoder(chat()).encode(Pair("2+3?", "5", before))
    assert "assistant\nHi!<|end|>" in read(row)
    assert learnt(row) == "5<|end|>"


@given(SAID, SAID)
def test_what_is_read_is_the_prompt_a_server_makes(asked, answered):
    template, pair = chat(), Pair(asked, answered)
    row = Encoder(template).encode(pair)
    served = tokenize(template.write([{"role": "user", "content": asked}], True), False)
    assert row.ids[: len(served)] == served
    assert row.targets == tuple(place >= len(served) for place in range(len(row.ids)))
    assert learnt(row) == answered.strip(" ") + "<|end|>"


def test_a_prompt_is_tokenized_as_by_itself_where_a_response_would_join_it():
    row = Encoder(chat()).encode(Pair("Go.", "\nOn."))
    assert row.ids[: sum(not wanted for wanted in row.targets)] == tokenize(read(row), False)
    assert learnt(row) == "\nOn.<|end|>"


@pytest.mark.parametrize(
    ("template", "drawn", "end"),
    [
        (chat(after=" </s>\n<|end|>"), "5 </s>", 2),
        (chat(after="\n\n"), "5</s>", 2),
        (chat(after=""), "5</s>", 2),
        (chat(lead="<think>\n\n"), "<think>\n\n5<|end|>", 3),
    ],
)
def test_a_turn_ends_at_the_templates_first_mark_or_the_texts(template, drawn, end):
    encoder = Encoder(template)
    assert learnt(encoder.encode(Pair("2+3?", "5"))) == drawn
    assert encoder.end == end


def test_a_mark_within_a_response_does_not_end_it():
    assert learnt(Encoder(chat()).encode(Pair("Say it.", "a<|end|>b"))) == "a<|end|>b<|end|>"


def test_templates_that_never_end_a_response_are_refused():
    with pytest.raises(BadTemplate, match="ends a response"):
        Encoder(chat(after="\n", eos=None))


def test_templates_that_leave_responses_out_or_ask_otherwise_are_refused():
    def asks_otherwise(turns, asking):
        return chat().write(turns, asking) + ("<think>" if asking else "")

    for write in (lambda turns, asking: "<s>", asks_otherwise):
        with pytest.raises(BadTemplate, match="behind the prompt"):
            Encoder(Chat(write, tokenize, {}, 2))


def test_a_template_that_does_another_thing_with_some_response_is_refused():
    def drops(turns, asking):
        return "" if "secret" in turns[-1]["content"] else chat().write(turns, asking)

    encoder = Encoder(Chat(drops, tokenize, {}, 2))
    with pytest.raises(BadTemplate, match="secret"):
        encoder.encode(Pair("Tell me.", "a secret"))
