r"""Certainty probing: ask a thinking model now and then what it would answer; stop when it is sure.

Source: Fu et al. 2025, "Reasoning Without Self-Doubt" (Dynasor-CoT), ICLR workshop FM-Wild, in the
system of arXiv:2412.20993.
    tokens between probes                  -> chunk
    k, probes in a row that must agree     -> agree
    end-of-thinking delimiter              -> think_end
A probe is a fork of the thought with the beginning of a final answer behind it. It is sure if an
answer comes, up to the first "}" that closes no "{", and no word in it hesitates.
Differs from the paper: hesitation is looked for in words, where their code finds "no" in "know";
probing ends where the thinking does; too few probes are never enough.
Cost: one solution, and a probe of `probe_tokens` after each `chunk` of it, which no solution has.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from engines.base import Prompt, Step
from scorers.base import Candidate
from search.search import Search
from search.strategies.base import Judges, Strategy

PROBE = "... Oh, I suddenly got the answer to the whole problem, **Final Answer**\n\n\\[ \\boxed{"
CLOSE = "\n\n**Final Answer**\n\n\\[ \\boxed{%s} \\]"
_HESITATION = re.compile(r"\b(?:wait|hold|but|okay|no|hmm)\b", re.IGNORECASE)


class CertaintyProbe(Strategy):
    """Draw one solution by chunks; end it once `agree` probes in a row give the same answer."""

    paper: ClassVar[str] = "arXiv:2412.20993"
    cost: ClassVar[str] = "1 solution, and a probe of `probe_tokens` every `chunk` tokens of it"
    continues: ClassVar[bool] = True
    speaks: ClassVar[bool] = True
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["certainty_probe"] = "certainty_probe"
    chunk: int = Field(default=32, ge=1, description="tokens drawn between two probes")
    agree: int = Field(default=2, ge=1, le=64, description="latest probes that must agree")
    probe_tokens: int = Field(default=20, ge=1, le=256, description="tokens of a probe, at most")
    think_end: str = Field(
        default="",
        description="text that ends thinking; empty: the model's own mark, if it has one",
    )

    @property
    @override
    def solutions(self) -> int:
        return 1

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        end = self.think_end or (root.prompt.thinking.end if root.prompt.thinking else "")
        stop = (*search.sampling.stop, end) if end else search.sampling.stop
        how, cap = replace(search.sampling, stop=stop), search.sampling.thinking_tokens
        thought, probes = root, list[str]()
        while not _over(thought, end):
            left = self.chunk if cap is None else cap - thought.tokens
            if left <= 0:
                [thought] = await search.write([thought], f"\n{end}\n\n")
                break
            chunk = replace(how, max_tokens=min(self.chunk, left), thinking_tokens=None)
            [thought] = await search.extend([thought], 1, chunk, chunk=True)
            if _over(thought, end):
                break
            probes.append(await self._probe(search, thought))
            if await self._sure(search, root.prompt, probes[-self.agree :]):
                closing = end + CLOSE % answered(probes[-1])
                [thought] = await search.write([thought], closing)
                break
        [answer] = await search.extend([thought], 1)
        return answer

    async def _probe(self, search: Search, thought: Candidate) -> str:
        """Return what a fork of the thought says if asked for the answer; empty: no room for it."""
        how = replace(search.sampling, max_tokens=self.probe_tokens, temperature=0.6, top_p=0.95)
        # A cap on thinking is for the thought itself: a probe answers in the midst of it.
        how = replace(how, thinking_tokens=None)
        [asked] = await search.write([thought], PROBE, aside=True)
        [said] = await search.extend([asked], 1, how, aside=True)
        return said.text[len(asked.text) :]

    async def _sure(self, search: Search, prompt: Prompt, probes: Sequence[str]) -> bool:
        if len(probes) < self.agree or not all(map(unhesitating, probes)):
            return False
        boxes = [Step(f"\\boxed{{{answered(probe)}}}", 0) for probe in probes]
        spoken = replace(prompt, thinking=None)
        answers = await search.group([Candidate(spoken, (box,)) for box in boxes])
        search.note("probes", answers=[answered(probe) for probe in probes])
        return None not in answers.groups and len(set(answers.groups)) == 1


def _over(thought: Candidate, end: str) -> bool:
    """Say whether the thinking has come to its end."""
    return thought.finished or bool(end and end in thought.text)


def unhesitating(probe: str) -> bool:
    """Say whether a probe gives an answer, without a word of doubt."""
    return bool(answered(probe)) and not _HESITATION.search(probe)


def answered(probe: str) -> str:
    """Return a probe up to the first closing brace it did not open; empty if there is none."""
    depth = 0
    for place, character in enumerate(probe):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return probe[:place].strip()
    return ""
