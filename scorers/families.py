"""Reward models that people use: what each reads, and how its rewards are read. Data only.

Found by the model's name, or named in the configuration. Sources are the models' cards and the code
published with them.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from scorers.base import Aggregation
from scorers.layout import LINES, Layout
from scorers.readout import Columns, Readout

FamilyName: TypeAlias = Literal[
    "lines", "qwen", "math_shepherd", "skywork", "pure", "trl", "trl_paragraphs"
]


@dataclass(frozen=True, slots=True)
class Family:
    """What models of one kind have in common.

    Attributes:
        layout: what they read.
        name: matches the names they are known by; `None` for a kind that has no name.
        readout: what a row of theirs holds.
        positive: the columns of classes that say "right".
        aggregation: how their makers turn the rewards of steps into a score.
    """

    layout: Layout
    name: re.Pattern[str] | None = None
    readout: Readout = "classes"
    positive: Columns = 1
    aggregation: Aggregation = "last"


QWEN = Layout(
    "<extra_0>",
    "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}."
    "<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
    split="\n\n",
)
"""Qwen2.5-Math-PRM-7B, -72B and Qwen2.5-Math-7B-PRM800K, arXiv:2501.07301."""

MATH_SHEPHERD = Layout("ки", "{question} ", split="\n\n", space=" ", gap="\n", numbered=True)
"""Math-Shepherd, arXiv:2312.08935. Columns are the tokens + and -, in this order."""

SKYWORK = Layout("\n", "<|endoftext|>{question}\n", split="\n", blank=True, apart=True)
"""Skywork-o1-Open-PRM: a value for every line, an empty one too, each line tokenized by itself."""

PURE = Layout("\n", "{question}", split="\n\n", apart=True)
"""PURE-PRM, arXiv:2504.15275. Its reward is P(right) - P(wrong), in [-1, 1]; brought into [0, 1],
that is P(right)."""

TRL = Layout("\n", "{question}{separator}", split="\n\n", apart=True)
"""Token classifiers trained with TRL, steps ended by a line break."""

TRL_PARAGRAPHS = Layout("\n\n", "{question}{separator}", split="\n\n", apart=True)
"""Token classifiers trained with TRL, steps ended by an empty line."""


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


FAMILIES: dict[FamilyName, Family] = {
    "qwen": Family(QWEN, _named(r"qwen2\.5-math-(7b-|72b-)?prm"), aggregation="product"),
    "math_shepherd": Family(
        MATH_SHEPHERD, _named(r"math-shepherd-mistral"), positive=0, aggregation="min"
    ),
    "skywork": Family(SKYWORK, _named(r"skywork-o1-open-prm"), readout="value"),
    "pure": Family(PURE, _named(r"pure-prm"), aggregation="min"),
    "trl_paragraphs": Family(TRL_PARAGRAPHS, _named(r"qwen2\.5-math-.*-prm-0\.[12]")),
    "trl": Family(TRL, _named(r"math-shepherd-prm")),
    "lines": Family(LINES),
}
"""By their names in the configuration; where several match a model's name, the first counts."""


def family_of(model: str) -> Family:
    """Return the family that a model's name is known to belong to; `lines` if it is not known."""
    named = (family for family in FAMILIES.values() if family.name and family.name.search(model))
    return next(named, FAMILIES["lines"])


OrmName: TypeAlias = Literal["chat", "qwen_rm", "skywork_reward", "armorm"]


@dataclass(frozen=True, slots=True)
class OrmFamily:
    """What models of one kind have in common that rate whole solutions.

    Attributes:
        name: matches the names they are known by; `None` for a kind that has no name.
        template: what they read; `{question}` and `{answer}` are filled in. `None` for what the
            server's own chat template makes of the turns.
        by_token: the server rates every token, of which the last one's value is the solution's.
        readout: what the numbers are.
        positive: the columns of classes that say "right".
    """

    name: re.Pattern[str] | None = None
    template: str | None = None
    by_token: bool = False
    readout: Readout = "value"
    positive: Columns = 1


QWEN_RM = (
    "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}."
    "<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{answer}"
    "<|im_end|>\n"
)
"""Qwen2.5-Math-RM-72B, arXiv:2409.12122."""

ORM_FAMILIES: dict[OrmName, OrmFamily] = {
    "qwen_rm": OrmFamily(_named(r"qwen2(\.5)?-math-rm"), QWEN_RM, by_token=True),
    "skywork_reward": OrmFamily(_named(r"skywork-reward")),
    "armorm": OrmFamily(_named(r"armorm")),
    "chat": OrmFamily(),
}
"""By their names in the configuration; where several match a model's name, the first counts."""


def orm_family_of(model: str) -> OrmFamily:
    """Return the family that a model's name is known to belong to; `chat` if it is not known."""
    known = ORM_FAMILIES.values()
    named = (family for family in known if family.name and family.name.search(model))
    return next(named, ORM_FAMILIES["chat"])


LabelName: TypeAlias = Literal["rlhflow", "rlhflow_numbered", "rlhflow_orm", "math_shepherd"]


@dataclass(frozen=True, slots=True)
class LabelFamily:
    """What language models have in common that say a label after each step.

    Attributes:
        layout: what they read, the label's place being behind a separator, or in a turn of chat.
        name: matches the names they are known by.
        chat: the question and the first step are the user's turn, as is each further step; the
            label is the assistant's.
        labels: what they say after a right step, and after a wrong one; each is a token.
        aggregation: how their makers turn the rewards of steps into a score.
        whole: the solution is one step to them.
    """

    layout: Layout
    name: re.Pattern[str]
    chat: bool = True
    labels: tuple[str, str] = ("+", "-")
    aggregation: Aggregation = "mean"
    whole: bool = False


_TURNS = Layout("\n\n", "{question} ", split="\n\n", apart=True)

LABEL_FAMILIES: dict[LabelName, LabelFamily] = {
    "rlhflow_orm": LabelFamily(
        replace(_TURNS, split=None), _named(r"llama3\.1-8b-orm-"), whole=True
    ),
    "rlhflow_numbered": LabelFamily(
        replace(_TURNS, numbered=True), _named(r"llama3\.1-8b-prm-mistral")
    ),
    "math_shepherd": LabelFamily(
        replace(MATH_SHEPHERD, prefix="<s>{question} "),
        _named(r"math-shepherd-mistral"),
        chat=False,
        aggregation="min",
    ),
    "rlhflow": LabelFamily(_TURNS, _named(r"llama3\.1-8b-prm-deepseek")),
}
"""By their names in the configuration; where several match a model's name, the first counts."""


def label_family_of(model: str) -> LabelFamily:
    """Return the family that a model's name is known to belong to, or else `rlhflow`."""
    named = (family for family in LABEL_FAMILIES.values() if family.name.search(model))
    return next(named, LABEL_FAMILIES["rlhflow"])
