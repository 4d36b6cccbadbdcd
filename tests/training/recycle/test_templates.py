"""Conversations are written as the formats of these names have them."""

import pytest

from engines.conversation import Conversation, Message
from training.recycle.templates import Template, guess, written

ONE = Conversation((Message("user", "Add {2} and 3."),))
MORE = Conversation(
    (
        Message("system", "Be brief."),
        Message("user", "Hi"),
        Message("assistant", "Hello"),
        Message("user", "2+3?"),
    )
)


def test_the_models_own_template_is_left_to_the_model() -> None:
    assert written(MORE, "chat") == MORE


@pytest.mark.parametrize(
    ("template", "begins", "ends"),
    [
        ("alpaca", "Below is an instruction", "### Instruction:\nAdd {2} and 3.\n\n### Response:"),
        ("vicuna", "A chat between a curious user", "questions. USER: Add {2} and 3. ASSISTANT:"),
        ("wizard", "Add {2} and 3.\n\n", "### Response:"),
    ],
)
def test_a_text_ends_where_the_response_begins(template: Template, begins: str, ends: str) -> None:
    text = written(ONE, template).raw
    assert isinstance(text, str)
    assert text.startswith(begins)
    assert text.endswith(ends)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("alpaca", "Be brief.\n\n### Instruction:\nHi\n\n### Response:Hello\n\n"
                   "### Instruction:\n2+3?\n\n### Response:"),
        ("vicuna", "Be brief. USER: Hi ASSISTANT: Hello</s>USER: 2+3? ASSISTANT:"),
        ("wizard", "Be brief.\n\nHi\n\n### Response:Hello\n\n2+3?\n\n### Response:"),
    ],
)  # fmt: skip
def test_earlier_turns_and_a_system_are_written_in_the_same_format(template, text: str) -> None:
    assert written(MORE, template).raw == text


def test_the_request_to_guess_holds_the_response_as_it_is() -> None:
    [turn] = guess("  {It} is 5.\n").messages
    assert "[Response]\n  {It} is 5.\n\n[End of response]" in turn.content
    assert turn.content.endswith("may have written it.")
