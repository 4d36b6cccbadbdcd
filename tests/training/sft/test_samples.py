"""Pairs are read, counted and split."""

import pytest
from pydantic import ValidationError

from tests.training.sft.chats import chat
from training.pairs import Pair
from training.sft.chat import Encoder
from training.sft.samples import read
from training.sft.settings import SftConfig

SETTINGS = SftConfig(validation=0.25, max_tokens=60)


def samples(pairs, context=None, told=lambda _: None, settings=SETTINGS):
    return read(settings, pairs, Encoder(chat()), context, told)


def test_pairs_without_a_response_and_long_ones_are_left_out_and_counted():
    pairs = [Pair("a", "b"), Pair("c", " \n"), Pair("d", "e" * 60)]
    found = samples(pairs)
    assert (found.pairs, found.empty, found.rows.too_long) == (3, 1, 1)
    assert len(found.rows.trained) + len(found.rows.held_out) == 1


def test_no_row_is_longer_than_the_models_context():
    assert samples([Pair("a", "b")], context=8).rows.too_long == 1


def test_all_responses_to_an_instruction_are_on_one_side():
    pairs = [Pair(str(asked), answer) for asked in range(8) for answer in ("yes", "no")]
    rows = samples(pairs).rows
    assert (len(rows.trained), len(rows.held_out)) == (12, 4)


def test_how_far_the_reading_is_is_told():
    told: list[tuple[str, int]] = []
    samples([Pair("a", "b")] * 300, told=lambda p: told.append((p.stage, p.done)))
    assert told == [("reading", 0), ("reading", 256)]


@pytest.mark.parametrize(
    "settings",
    [{"lora_alpha": 8}, {"lora_targets": ["q_proj"]}, {"lora": 0}, {"batch": 0}, {"rank": 4}],
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValidationError):
        SftConfig.model_validate(settings)


def test_the_defaults_are_the_papers():
    paper = {"batch": 128, "learning_rate": 2e-5, "epochs": 3, "max_tokens": 2048,
             "weight_decay": 0, "warmup": 0.03, "lora": None}  # fmt: skip
    assert SftConfig().model_dump(include=paper) == paper
