"""What is read of a solution, with tokenizers that people use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tests.training.solutions import example, lab, sums
from tests.training_torch.bases import base
from tests.vllm.servers import CACHE
from training.pairs import Pair
from training.sft.chat import Encoder
from training.sft.student import chat_of
from training.tuning.models import Base
from training.verifier.config import TrainConfig
from training.verifier.reading import Reader, family_of, scorer_of

LINES, TRL = (family_of(scorer_of(TrainConfig(family=name))).layout for name in ("lines", "trl"))


@pytest.fixture(scope="module")
def smollm2():
    return Base(base().model, AutoTokenizer.from_pretrained(CACHE / "smollm2")).tokenize


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, max_size=4))
def test_lines_and_steps_by_themselves_are_the_same_ids_to_smollm2(smollm2, steps):
    solution = example(*steps)
    whole, apart = (Reader(layout, smollm2).read(solution) for layout in (LINES, TRL))
    text = whole.written.text
    assert whole.ids == smollm2(text, True)
    if whole.written.pieces == apart.written.pieces:
        assert (whole.ids, whole.ends, whole.begin) == (apart.ids, apart.ends, apart.begin)


@pytest.mark.parametrize("solution", sums(2))
def test_the_laboratorys_tokenizer_gives_the_laboratorys_tokens(solution):
    ours = Reader(LINES, lab).read(solution)
    assert Reader(LINES, base().tokenize).read(solution) == ours


@pytest.fixture(scope="module")
def chat():
    return chat_of(Base(base().model, AutoTokenizer.from_pretrained(CACHE / "smollm2")))


SAID = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)


@given(SAID.filter(str.strip), SAID)
def test_a_pair_is_read_as_a_server_tokenizes_its_prompt_and_learnt_to_its_end(
    chat, asked, answered
):
    row = Encoder(chat).encode(Pair(asked, answered))
    prompt = chat.tokenize(chat.write([{"role": "user", "content": asked}], True), False)
    assert row.ids[: len(prompt)] == prompt
    assert row.targets == tuple(place >= len(prompt) for place in range(len(row.ids)))
    assert row.ids[-1] == chat.special["<|im_end|>"]
    assert row.ids[len(prompt) : -1] == chat.tokenize(answered, False)
