"""How thinking is told from the answer, in whole turns and in turns that are still being drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engines.thinking import Marks, Parting, Thinking

CLOSED, OPENED = Thinking(), Thinking(opened=True)
PIECES = ["<think>", "</think>", "<th", "</", "think>", " ", "\n", "a", "b.\n\n", "<", ">"]
turns = st.lists(st.sampled_from(PIECES), max_size=12)
words = st.text("ab \n<>/").filter(lambda t: "</think>" not in t and "<think>" not in t)


@pytest.mark.parametrize(
    ("thinking", "text", "parts"),
    [
        (CLOSED, "<think>\nhm\n</think>\n\n42", ("hm", "42")),
        (CLOSED, "\n<think>hm</think>42 </think>", ("hm", "42 </think>")),
        (CLOSED, "<think>\n\n</think>\n\n42", ("", "42")),
        (CLOSED, "<think>hm, so 42", ("hm, so 42", "")),
        (CLOSED, "hm</think> 42", ("hm", "42")),
        (CLOSED, " It is 42.\n", ("", " It is 42.\n")),
        (CLOSED, "Write <think> first.", ("", "Write <think> first.")),
        (OPENED, "hm\n</think>\n\n42", ("hm", "42")),
        (OPENED, "<think>hm</think>42", ("hm", "42")),
        (OPENED, "hm", ("hm", "")),
        (OPENED, "", ("", "")),
        (Thinking("[T]", "[/T]"), "[T]hm[/T]42", ("hm", "42")),
    ],
)
def test_a_turn_is_thinking_and_answer(thinking: Thinking, text: str, parts) -> None:
    assert thinking.split(text) == parts


@given(words, words)
def test_what_is_between_the_marks_is_thinking_and_what_is_behind_is_answer(thought, answer):
    for thinking, start in ((CLOSED, CLOSED.start), (OPENED, "")):
        said = f"{start}{thought}{thinking.end}{answer}"
        assert thinking.split(said) == (thought.strip(), answer.lstrip())
        assert not thinking.unended(said)
        assert thinking.unended(f"{start}{thought}") == bool(start or thinking.opened)


@given(st.booleans(), st.lists(turns.map("".join), max_size=6))
def test_a_turn_heard_in_pieces_is_parted_as_the_whole_is(opened: bool, pieces) -> None:
    thinking, whole = Thinking(opened=opened), "".join(pieces)
    parting = Parting(thinking)
    heard = [parting.take(piece) for piece in pieces]
    thought, answer = ("".join(part) for part in zip(*heard, strict=True)) if heard else ("", "")
    parts = thinking.split(whole)
    if opened or whole.lstrip().startswith(thinking.start):
        assert (parts[0].startswith(thought), parts[1]) == (True, answer)
        assert thinking.unended(whole) or parts[0] == thought
    else:
        assert (thought, whole.startswith(answer)) == ("", True)


@given(turns.map("".join))
def test_a_model_that_does_not_think_is_heard_as_it_speaks(text: str) -> None:
    assert Parting(None).take(text) == ("", text)


@pytest.mark.parametrize(
    ("prompt", "behind"),
    [
        ("assistant\n", CLOSED),
        ("assistant\n<think>\n", OPENED),
        ("assistant\n<think>\n\n</think>\n\n", None),
        ("assistant\n</think>", None),
        ("What is <think>?\nassistant\n", CLOSED),
        ("What does </think> end?\nassistant\n", CLOSED),
    ],
)
def test_the_end_of_a_prompt_says_whether_the_model_thinks_behind_it(prompt, behind) -> None:
    assert CLOSED.behind(prompt) == behind


@pytest.mark.parametrize(
    ("text", "open_"),
    [("", True), ("\n<th", True), ("<think>hm", True), ("hm", False), ("<think></think>", False)],
)
def test_a_turn_is_open_to_thinking_until_it_is_known_not_to_think(text: str, open_: bool) -> None:
    assert CLOSED.open_to(text) is open_


def test_thinking_can_be_skipped() -> None:
    for thinking in (CLOSED, OPENED):
        assert thinking.split(f"{thinking.skipped}42") == ("", "42")
    assert CLOSED.skipped == "<think>\n\n</think>\n\n"


@pytest.mark.parametrize("marks", [{"start": ""}, {"start": "</think>"}, {"end": "k>"}, {"x": 1}])
def test_marks_that_cannot_be_told_apart_are_refused(marks) -> None:
    with pytest.raises(ValidationError):
        Marks(**marks)
