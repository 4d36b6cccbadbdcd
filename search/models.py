"""What a search is given: the servers it may talk to, and what it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engines.base import DEFAULT, Engine, Sampling
from engines.conversation import Conversation
from scorers.answers import Grader
from scorers.base import Scorer
from scorers.form import Form
from scorers.preference import Comparer
from scorers.structured import JsonForm
from scorers.tool_form import ToolChoice, ToolForm
from search.advice import Adviser
from search.judging import OnVerifierError


@dataclass(frozen=True, slots=True)
class Models:
    """The servers a search talks to.

    `scorers` is a chain: where one cannot judge at all, the next is asked, and the response
    says so. `pairs` says which of two solutions is better, to strategies that ask that. `others`
    are further engines by name, for strategies that name them. `adviser` says what to do to those
    that leave it to a policy.
    """

    engine: Engine
    scorers: tuple[Scorer, ...]
    grader: Grader
    pairs: Comparer | None = None
    others: Mapping[str, Engine] = field(default_factory=dict)
    adviser: Adviser | None = None

    def named(self, name: str) -> Engine:
        """Return an engine by its name; `KeyError` if there is none."""
        return self.engine if name == DEFAULT else self.others[name]


@dataclass(frozen=True, slots=True)
class Task:
    """What one search is asked, apart from how to search.

    Attributes:
        conversation: what to answer.
        sampling: how to draw; `max_tokens` caps each whole answer, `stop` ends one.
        pattern: a regular expression that finds the final answer; `None` for the usual marks.
        seed: varies the samples, where the engine honours seeds.
        tool_choice: how the conversation's tools may be called, if it has any.
        on_verifier_error: what is done when a scorer fails.
        pausing: the model was taught to pause, so that it is told if it is not let.
        pauses_given: the request itself says how many pauses; a policy then has no say in it.
    """

    conversation: Conversation
    sampling: Sampling
    pattern: str | None = None
    seed: int = 0
    tool_choice: ToolChoice = field(default_factory=ToolChoice)
    on_verifier_error: OnVerifierError = "degrade"
    pausing: bool = False
    pauses_given: bool = False

    @property
    def form(self) -> Form | None:
        """What answers must look like, if anything: a new one, which remembers what it has read."""
        if self.conversation.tools:
            return ToolForm(self.conversation.tools, self.tool_choice)
        schema = self.sampling.json_schema
        return None if schema is None else JsonForm(schema)
