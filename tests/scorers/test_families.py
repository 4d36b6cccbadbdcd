"""What each family's models read, letter by letter, and how their rows become rewards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.families import FAMILIES, family_of
from scorers.ids import Encoder
from tests.scorers.candidates import candidate, prompt

QWEN_CHAT = (
    "<|im_start|>system\nPlease reason step by step, and put your final answer within "
    "\\boxed{}.<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"
)
texts = st.lists(
    st.sampled_from(["\n", "\n\n", " ", "a", "{", "<extra_0>", "ки", " ки\n", "Step 1: ", "."])
).map("".join)
TEXT = [name for name, family in FAMILIES.items() if not family.layout.apart]
IDS = [name for name, family in FAMILIES.items() if family.layout.apart]


def written(family, *steps, question="q"):
    return FAMILIES[family].layout.write(candidate(*steps, asked=prompt(question)))


async def letters(text: str, special: bool) -> tuple[int, ...]:
    """A tokenizer of a token a letter, which begins every text with 1."""
    return (*([1] if special else ()), *map(ord, text))


async def encoded(family, *steps, question="q"):
    (found,) = await Encoder(FAMILIES[family].layout, letters).encode(
        [written(family, *steps, question=question)]
    )
    return found


@pytest.mark.parametrize(
    ("family", "steps", "text"),
    [
        ("math_shepherd", ["Step 1: a", "Step 2: b"], "q Step 1: a ки\nStep 2: b ки"),
        ("math_shepherd", ["a\n\n", "b"], "q Step 1: a ки\nStep 2: b ки"),
        ("math_shepherd", ["a\n\nb"], "q Step 1: a ки\nStep 2: b ки"),
        ("qwen", ["a\n\n", "b"], QWEN_CHAT + "a<extra_0>b<extra_0>"),
        ("qwen", ["a\n\nb\nc"], QWEN_CHAT + "a<extra_0>b\nc<extra_0>"),
        ("qwen", ["a<extra_0>b"], QWEN_CHAT + "a b<extra_0>"),
        ("lines", ["a\n\n", "b\n\nc"], "q\na\nb c\n"),
    ],
)
def test_a_family_that_reads_text_is_given_this_one(family, steps, text):
    assert written(family, *steps).text == text


@pytest.mark.parametrize(
    ("family", "steps", "text", "ends"),
    [
        ("skywork", ["a\n\n", "b"], "<|endoftext|>q\na\n\nb\n", [16, 17, 19]),
        ("skywork", ["a\nb"], "<|endoftext|>q\na\nb\n", [16, 18]),
        ("pure", ["a\n\nb", "c"], "qa\nb\nc\n", [2, 4, 6]),
        ("trl", ["a\n\n", "b"], "q\na\nb\n", [3, 5]),
        ("trl_paragraphs", ["a\n\n", "b"], "q\n\na\n\nb\n\n", [5, 8]),
    ],
)
async def test_a_family_that_reads_ids_is_given_these(family, steps, text, ends):
    sent = await encoded(family, *steps)
    assert sent.ids == (1, *map(ord, text))
    assert [end - 1 for end in sent.ends] == ends


@pytest.mark.parametrize(("text", "lines"), [("a", 1), ("a\nb", 2), ("a\n\nb", 3), ("a\n\nb\n", 3)])
async def test_every_line_has_a_score_of_skyworks(text, lines):
    sent = await encoded("skywork", text)
    assert len(sent.ends) == lines
    assert {sent.ids[end] for end in sent.ends} == {ord("\n")}


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Qwen/Qwen2.5-Math-PRM-7B", "qwen"),
        ("Qwen/Qwen2.5-Math-PRM-72B", "qwen"),
        ("Qwen/Qwen2.5-Math-7B-PRM800K", "qwen"),
        ("peiyi9979/math-shepherd-mistral-7b-prm", "math_shepherd"),
        ("Skywork/Skywork-o1-Open-PRM-Qwen-2.5-1.5B", "skywork"),
        ("jinachris/PURE-PRM-7B", "pure"),
        ("HuggingFaceH4/Qwen2.5-Math-7B-Instruct-PRM-0.2", "trl_paragraphs"),
        ("plaguss/Qwen2.5-0.5B-Math-Shepherd-PRM-0.2", "trl"),
        ("someone/their-prm", "lines"),
    ],
)
def test_a_family_is_found_by_the_models_name(model, family):
    assert family_of(model) is FAMILIES[family]


@pytest.mark.parametrize(
    ("family", "how"),
    [
        ("math_shepherd", ("classes", 0, "min")),
        ("qwen", ("classes", 1, "product")),
        ("skywork", ("value", 1, "last")),
        ("pure", ("classes", 1, "min")),
        ("trl", ("classes", 1, "last")),
        ("trl_paragraphs", ("classes", 1, "last")),
        ("lines", ("classes", 1, "last")),
    ],
)
def test_a_familys_rows_are_read_as_its_makers_do(family, how):
    known = FAMILIES[family]
    assert (known.readout, known.positive, known.aggregation) == how


@pytest.mark.parametrize("family", TEXT)
@given(question=texts, steps=st.lists(texts, max_size=4))
def test_a_step_never_has_more_separators_than_scores(family, question, steps):
    found = written(family, *steps, question=question)
    assert found.text.count(FAMILIES[family].layout.separator) == found.tags
    assert sum(found.counts) == len(found.pieces)


@pytest.mark.parametrize("family", IDS)
@given(question=texts, steps=st.lists(texts, max_size=4))
async def test_rows_of_tags_or_of_all_tokens_are_told_apart(family, question, steps):
    sent = await encoded(family, *steps, question=question)
    places = [i for i, token in enumerate(sent.ids) if token == sent.tag]
    assert sent.own(range(len(sent.ids))) == list(sent.ends)
    assert sent.own(places) == list(sent.ends)
    assert sent.own(range(len(sent.ids) + 1)) is None


@pytest.mark.parametrize("family", FAMILIES)
@given(steps=st.lists(texts, min_size=1, max_size=4))
def test_what_was_written_of_a_prefix_is_a_prefix(family, steps):
    begun, whole = written(family, *steps[:-1]), written(family, *steps)
    assert whole.text.startswith(begun.text)
    assert whole.pieces[: len(begun.pieces)] == begun.pieces
