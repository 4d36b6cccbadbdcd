import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.pairs import Pair
from training.recycle.parsing import Read, read_instruction, read_response
from training.recycle.prompts import reflect_on_instruction, reflect_on_response

PAIR = Pair("Name a river.", "Rhine")
plain = st.text().filter(lambda text: text.strip() and "[" not in text)


@given(plain, plain, plain)
def test_both_texts_are_read_from_between_their_marks(before, instruction, answer):
    reply = f"{before}[New Instruction] {instruction} [End] and [New Answer] {answer} [End] bye"
    assert read_instruction(reply) == Read((instruction.strip(), answer.strip()))


@pytest.mark.parametrize(
    ("reply", "how"),
    [
        ("[New Instruction] x [New Answer] y [End]", "no_end"),
        ("[New Instruction] x [End] [New Answer] y", "no_end"),
        ("[New Instruction] x [End]", "no_mark"),
        ("[New Answer] y [End]", "no_mark"),
        ("New Instruction: x", "no_mark"),
        ("", "no_mark"),
        ("[New Instruction] [End] [New Answer] y [End]", "empty"),
        ("[New Instruction] (the new instruction) [End] [New Answer] y [End]", "empty"),
    ],
)
def test_a_reply_that_lacks_a_mark_gives_nothing_and_says_why(reply, how):
    assert read_instruction(reply) == Read((), how)


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        ("It is short.\n[Better Answer]\nThe Rhine\nflows.\n[End]", Read(("The Rhine\nflows.",))),
        ("[better answer] a [end] [Better Answer] b [End]", Read(("a",))),
        ("A [Better Answer] is due: [Better Answer] b [End]", Read(("b",))),
        ("[Better Answer] cut off", Read((), "no_end")),
        ("[Better Answer] [End]", Read((), "empty")),
        ("[End] of it", Read((), "no_mark")),
    ],
)
def test_a_better_answer_is_read_if_it_is_whole(reply, read):
    assert read_response(reply) == read


@given(st.text(st.sampled_from("[]NewAnsrEdBtIio \n"), max_size=60))
def test_anything_a_teacher_says_can_be_read(reply):
    assert (read_response(reply).how == "read") == bool(read_response(reply).texts)


def test_the_prompt_shows_the_pair_and_names_every_criterion():
    asked = reflect_on_instruction(PAIR).messages[-1].content
    for words in ("Name a river.", "Rhine", "complexity", "level of detail", "knowledge",
                  "ambiguity", "logical reasoning", "problem-solving", "helpfulness", "relevance",
                  "accuracy", "[New Instruction]", "[New Answer]", "[End]"):  # fmt: skip
        assert words in asked
    better = reflect_on_response(PAIR).messages[-1].content
    for words in ("Rhine", "helpfulness", "relevance", "accuracy", "level of detail",
                  "[Better Answer]", "[End]"):  # fmt: skip
        assert words in better


def test_braces_in_a_pair_are_shown_as_they_are():
    asked = reflect_on_response(Pair("Explain {x} and {response}.", "{}")).messages[-1].content
    assert "Explain {x} and {response}." in asked


def test_the_form_that_the_prompt_shows_is_no_answer():
    for ask, read in ((reflect_on_instruction, read_instruction),
                      (reflect_on_response, read_response)):  # fmt: skip
        assert read(ask(PAIR).messages[-1].content) == Read((), "empty")
