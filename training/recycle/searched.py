"""Answers that searches returned, as the better responses: what took a search is learnt at once.

The response that a search's answer is held against, its original, is the data's own to the same
conversation, if data are given. Else it is the first answer in the trace that a model gave to the
plain question and brought to its end by itself: the best of N samples against the first of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from engines.conversation import Conversation, Message
from search.events import Generated
from training.pairs import Pair
from training.recycle.samples import Sample
from training.traces import StoredSearch

Baseline: TypeAlias = Mapping[tuple[Message, ...], str]
"""Responses by the turns before them."""
_Key: TypeAlias = tuple[tuple[Message, ...], str]


def baseline(pairs: Iterable[Pair]) -> Baseline:
    """Return the responses of pairs; of the same conversation's the first."""
    found: dict[tuple[Message, ...], str] = {}
    for pair in pairs:
        found.setdefault(pair.conversation.messages, pair.response)
    return found


@dataclass(slots=True)
class Searched:
    """Makes samples of stored searches.

    Attributes:
        searches: reads them from the beginning.
        originals: responses to hold answers against; `None` for those of the traces.
        left_out: searches that gave no sample when they were read last, by why.
    """

    searches: Callable[[], Iterable[StoredSearch]]
    originals: Baseline | None = None
    left_out: Counter[str] = field(default_factory=Counter)

    def read(self) -> Iterator[Sample]:
        """Give a sample for each search that can be learnt from, once each.

        Raises:
            NotATrace: a search cannot be read.
        """
        self.left_out.clear()
        seen: set[_Key] = set()
        for place, search in enumerate(self.searches(), 1):
            if (why := self._unfit(search, seen)) is not None:
                self.left_out[why] += 1
                continue
            seen.add(_key(search))
            *before, asked = search.conversation.messages
            original = self._original(search)
            assert original is not None
            yield Sample(place, Pair(asked.content, original, tuple(before)), search.returned.text)

    def _unfit(self, search: StoredSearch, seen: Set[_Key]) -> str | None:
        """Say why a search gives no sample, if it gives none."""
        if (why := _unfit(search)) is not None:
            return why
        if self._original(search) is None:
            return "has no original response"
        return "repeated" if _key(search) in seen else None

    def _original(self, search: StoredSearch) -> str | None:
        if self.originals is not None:
            return self.originals.get(search.conversation.messages)
        return first_answer(search)


def first_answer(search: StoredSearch) -> str | None:
    """Return the first answer to the plain question that came to its end; `None` if none did."""
    for event in search.events:
        if not isinstance(event, Generated) or event.cut:
            continue
        prompt = event.request.prompt
        if prompt.conversation != search.conversation:
            continue
        for sample in event.generation.samples:
            if sample.finish == "eos":
                text = event.request.text + sample.step.text
                return prompt.thinking.split(text)[1] if prompt.thinking else text
    return None


def _key(search: StoredSearch) -> _Key:
    return search.conversation.messages, search.returned.text


def _unfit(search: StoredSearch) -> str | None:
    """Say why a search is not to be learnt from, if it is not."""
    if search.calls_tools:
        return "calls tools, which these formats do not hold"
    if not _answers_a_user(search.conversation):
        return "does not answer a user's turn"
    if not search.returned.whole:
        return "did not come to its end"
    return "the scorer abstained" if search.returned.abstained else None


def _answers_a_user(conversation: Conversation) -> bool:
    turns = conversation.messages
    return conversation.raw is None and bool(turns) and turns[-1].role == "user"
