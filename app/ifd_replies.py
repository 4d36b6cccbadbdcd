"""The shape of what `/v1/ifd` answers."""

from typing import Literal

from app.chat_replies import Count
from app.replies import List, ScoreUsage
from training.recycle.rows import ScoreRow
from training.recycle.templates import Template


class Ifd(ScoreRow):
    """What one sample is worth to the model."""

    object: Literal["ifd"]
    index: Count


class Ifds(List[Ifd]):
    """What each sample is worth, in their order; `max_tokens` is of the longest text read."""

    id: str
    created: int
    model: str
    template: Template
    guess: str
    max_tokens: Count
    usage: ScoreUsage
