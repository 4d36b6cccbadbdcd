"""From events to a tree: a node for every step drawn, under the step it continues."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.tree.lineage import Lineage
from app.tree.node import Kind, Node
from engines.base import Prompt, Sample, Step
from engines.conversation import Message
from scorers.base import Candidate, Opinion, Verdict
from scorers.preference import Leaning
from search.events import Compared, Event, Generated, Grouped, Judged, Rendered

MOST_NODES = 5_000
"""Nodes of one tree; steps beyond those are counted, and left out."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a prompt's steps hang, and what it asks and shows if it is the search's own."""

    prompt: Prompt
    node: Node
    number: int
    asked: str | None = None
    sources: tuple[int, ...] = ()


class Growth:
    """The tree of one search so far.

    Equal steps behind the same step are one path to what continues or judges them: the first.
    `changed` are the nodes that are new or differ since it was emptied, in the order of changing.
    """

    def __init__(self, most: int = MOST_NODES) -> None:
        self.nodes: list[Node] = []
        self.changed: dict[int, Node] = {}
        self.left_out = 0
        self._most = most
        self._starts: dict[Prompt, Start] = {}
        # Hashing a long prompt takes time; searches have one object of each, which we keep alive.
        self._live: dict[int, Start] = {}
        self._places: dict[tuple[int, int, str], list[Node]] = {}
        self._early: dict[tuple[int, int, str], Node] = {}
        self._ideas: dict[tuple[Node, tuple[str, ...]], Node] = {}
        self._lineage = Lineage()
        self._call: str | None = None
        self._round = 0
        self._question: tuple[Message, ...] = ()

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        if isinstance(event, Rendered):
            self._rendered(event.prompt)
        elif isinstance(event, Generated):
            self._generated(event)
        else:
            self._opined(event)

    def _opined(self, event: Event) -> None:
        if isinstance(event, Judged):
            for candidate, opinion in zip(event.candidates, event.judgement.opinions, strict=True):
                self._judged(candidate, opinion)
        elif isinstance(event, Compared):
            self._compared(event)
        elif isinstance(event, Grouped):
            self._grouped(event)

    def end(self, ranked: Sequence[Candidate]) -> None:
        """Take note of how the search ended: its solutions, the answer first."""
        for candidate in ranked:
            self._ended(candidate, self._alike(candidate))
        for answer in self._alike(ranked[0])[:1] if ranked else ():
            for node in answer.path:
                self._change(node, state="chosen")
        self._prune(self._round)

    def _rendered(self, prompt: Prompt) -> None:
        messages = prompt.conversation.messages
        if not self.nodes:
            self._question = messages
            self._add(Node(0, None, "root", messages[-1].content, 0))
        turns = messages[len(self._question) :]
        if not turns:
            self._begin(prompt, self.nodes[0])
            return
        parent, shown = self._lineage.sources(turns)
        given = self._lineage.given(turns)
        if parent is None and given is not None:
            parent, shown = self._idea(*given), ()
        sources = () if parent else tuple(node.id for node in shown)
        self._begin(prompt, parent or self.nodes[0], turns[-1].content, sources)

    def _begin(
        self, prompt: Prompt, at: Node, asked: str | None = None, sources: tuple[int, ...] = ()
    ) -> None:
        start = Start(prompt, at, len(self._starts), asked, sources)
        self._starts[prompt] = self._live[id(prompt)] = start

    def _start(self, prompt: Prompt) -> Start | None:
        """Return where a prompt's steps hang; none if it was never rendered."""
        return self._live.get(id(prompt)) or self._starts.get(prompt)

    def _idea(self, items: tuple[str, ...], lister: Node) -> Node:
        """Return the node of observations that were put together, below who listed them."""
        known = self._ideas.get((lister, items))
        if known is None:
            known = self._add(self._node(lister, "idea", Step("\n".join(items), 0)))
            self._ideas[lister, items] = known
        return known

    def _generated(self, event: Generated) -> None:
        call, request = event.request.id.partition(".")[0], event.request
        if call != self._call:
            self._call, self._round = call, self._round + 1
            self._prune(self._round - 2)
        start, samples = self._start(request.prompt), event.generation.samples
        parent = self._place(start, request.steps) if start else None
        if start is None or parent is None or len(self.nodes) >= self._most:
            self.left_out += len(samples)
            return
        if samples and request.steps:
            self._change(parent, state="open")
        for sample in samples:
            self._drawn(start, parent, sample, request.steps)

    def _drawn(self, start: Start, parent: Node, sample: Sample, steps: tuple[Step, ...]) -> None:
        place = start.number, parent.id, sample.step.text
        node = self._early.pop(place, None)
        if node is None:
            node = self._new(start, parent, sample.step)
            twins = self._places.setdefault(place, [node])
            if node is not twins[0]:
                # Judged already, if its twin was.
                node.reward, node.score = twins[0].reward, twins[0].score
                twins.append(node)
        self._change(node, round=self._round, tokens=sample.step.tokens)
        if sample.finish != "stop":
            whole = Candidate(start.prompt, (*steps, sample.step), sample.finish)
            self._ended(whole, [node])

    def _prune(self, upto: int) -> None:
        """Let go of steps up to a round that were not gone on with, and of what led only there."""
        # Children come after their parents, so all below a node has been looked at.
        for node in reversed(self.nodes):
            held = any(kid.state != "pruned" for kid in node.children)
            passed = node.children or node.round <= upto
            if node.state == "open" and node.parent and passed and not held:
                self._change(node, state="pruned")

    def _judged(self, candidate: Candidate, opinion: Opinion) -> None:
        nodes = self._alike(candidate)
        self._ended(candidate, nodes)
        if not nodes or not isinstance(opinion, Verdict):
            return
        for node in nodes:
            self._change(node, score=opinion.score, reward=opinion.rewards[-1])
        if len(opinion.rewards) == len(candidate.steps):
            path = nodes[0].path[-len(candidate.steps) :]
            for node, reward in zip(path, opinion.rewards, strict=True):
                self._change(node, reward=reward)

    def _compared(self, event: Compared) -> None:
        told: dict[Node, list[float]] = {}
        for pair, preference in zip(event.pairs, event.comparison.preferences, strict=True):
            if isinstance(preference, Leaning):
                chances = (preference.first, 1 - preference.first)
                for candidate, chance in zip(pair, chances, strict=True):
                    for node in self._alike(candidate):
                        told.setdefault(node, []).append(chance)
        for node, chances_of in told.items():
            self._change(node, preference=sum(chances_of) / len(chances_of))

    def _grouped(self, event: Grouped) -> None:
        votes = Counter(event.answers.groups)
        told = zip(event.answers.texts, event.answers.groups, strict=True)
        for text, (answer, group) in dict(zip(event.texts, told, strict=True)).items():
            for node in self._lineage.said(text) if answer is not None else ():
                self._change(node, answer=answer, votes=votes[group])

    def _ended(self, candidate: Candidate, nodes: Sequence[Node]) -> None:
        """Take note that a solution ends at nodes, if it does, and of its answer."""
        state = "malformed" if candidate.finish == "malformed" else "finished"
        for node in nodes if candidate.finished else ():
            self._change(node, state=state, finish=candidate.finish)
            self._lineage.say(node, candidate.answer)

    def _alike(self, candidate: Candidate) -> list[Node]:
        """Return the nodes at which a candidate ends: several, if equal steps were drawn."""
        start = self._start(candidate.prompt)
        above = self._place(start, candidate.steps[:-1]) if start and candidate.steps else None
        if start is None or above is None:
            return []
        last = candidate.steps[-1]
        place = start.number, above.id, last.text
        if place not in self._places:
            begun = next(self._begun(start, above, last), None)
            if begun is None and len(self.nodes) >= self._most:
                return []
            if begun is None:
                # Judged as it ended, while others of its request were still being drawn.
                begun = self._early[place] = self._new(start, above, last)
            self._places[place] = [begun]
        return self._places[place]

    def _place(self, start: Start, steps: Sequence[Step]) -> Node | None:
        """Return where steps of a prompt end; those that nobody drew were written.

        None if that was left out.
        """
        node = start.node
        for step in steps:
            place = start.number, node.id, step.text
            if place not in self._places:
                known = next(self._begun(start, node, step), None)
                if known is None and len(self.nodes) >= self._most:
                    return None
                self._places[place] = [known or self._add(self._node(node, "written", step))]
            node = self._places[place][0]
        return node

    def _begun(self, start: Start, parent: Node, step: Step) -> Iterator[Node]:
        """Give steps drawn there of which this is the beginning: the end was taken off."""
        for child in parent.children:
            drawn = self._places.get((start.number, parent.id, child.text), ())
            if step.text and child in drawn and child.text.startswith(step.text):
                yield child

    def _new(self, start: Start, parent: Node, step: Step) -> Node:
        """Hang a step that was drawn into the tree."""
        own = start.asked is not None and parent is start.node
        node = self._add(self._node(parent, "reply" if own else "step", step))
        if own:
            node.asked, node.sources = start.asked, start.sources
        return node

    def _node(self, parent: Node, kind: Kind, step: Step) -> Node:
        return Node(len(self.nodes), parent, kind, step.text, self._round, step.tokens)

    def _add(self, node: Node) -> Node:
        """Hang a node into the tree."""
        self.nodes.append(node)
        if node.parent is not None:
            node.parent.children.append(node)
        self.changed[node.id] = node
        return node

    def _change(self, node: Node, **facts: object) -> None:
        """Set what is known of a node."""
        for name, value in facts.items():
            if getattr(node, name) != value:
                setattr(node, name, value)
                self.changed[node.id] = node
