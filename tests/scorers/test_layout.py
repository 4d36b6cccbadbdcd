import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.layout import Layout
from tests.scorers.candidates import candidate, prompt, with_tools

PLAIN = Layout("\n", "{question}{separator}")
QWEN = Layout("<extra_0>", "<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n")
texts = st.lists(
    st.sampled_from(["\n", " ", "a", "{", "}", "<extra_0>", "{question}", "{separator}", "\t"])
).map("".join)


def test_every_step_ends_with_a_separator():
    written = PLAIN.write(candidate("6 * 7\n\n", "is 42."))
    assert written.text == "What is 6 * 7?\n6 * 7\nis 42.\n"
    assert (written.before, written.counts) == (1, (1, 1))


def test_separators_inside_become_spaces():
    written = PLAIN.write(candidate("\n so\n\n then: \n\n", asked=prompt("What\nis it?\n")))
    assert written.text == "What is it?\nso then:\n"


def test_a_prefix_may_have_no_separator():
    written = QWEN.write(candidate("a\nb<extra_0>c\n\n"))
    assert written.text.endswith("assistant\na\nb c<extra_0>")
    assert (written.before, written.tags) == (0, 1)


def test_the_question_is_the_only_turn_without_the_system_message():
    asked = prompt("What is 1 + 1?", system="You are good at sums.")
    assert PLAIN.write(candidate("2", asked=asked)).text == "What is 1 + 1?\n2\n"


def test_calls_of_tools_and_their_results_are_part_of_the_question():
    text = QWEN.write(candidate("So 42.", asked=with_tools())).text
    assert '"arguments": {"a": 6}}' in text
    assert "<tool_response>\n42\n</tool_response>" in text


def test_several_turns_are_named():
    asked = prompt("What is 1 + 1?", "3", "Again?")
    text = PLAIN.write(candidate("2", asked=asked)).text
    assert text == "user: What is 1 + 1? assistant: 3 user: Again?\n2\n"


def test_a_question_cannot_fill_in_the_prefix():
    assert PLAIN.write(candidate("2", asked=prompt("{separator}{question}"))).tags == 2


def test_a_step_without_text_has_the_reward_of_the_one_before():
    written = PLAIN.write(candidate("\n", "a\n", "\n", "b\n", ""))
    assert written.text == "What is 6 * 7?\na\nb\n"
    assert written.by_step((0.3, 0.6)) == ((0.3,), (0.3,), (0.3,), (0.6,), (0.6,))


@pytest.mark.parametrize("layout", [PLAIN, QWEN], ids=["plain", "qwen"])
@given(question=texts, steps=st.lists(texts, max_size=5))
def test_there_are_as_many_separators_as_promised(layout, question, steps):
    written = layout.write(candidate(*steps, asked=prompt(question)))
    assert written.text.count(layout.separator) == written.tags
    assert len(written.counts) == len(steps)


@given(steps=st.lists(texts, max_size=5).map(lambda steps: [*steps, "a"]))
def test_every_reward_has_its_step_and_every_step_a_reward(steps):
    written = Layout("\n", "{question} ").write(candidate(*steps))
    own = written.own(range(written.tags))
    rewards = written.by_step(own)
    assert len(rewards) == len(steps)
    assert list(dict.fromkeys(r for step in rewards for r in step)) == own
