"""Particle filtering: N solutions grown side by side, redrawn at every step by their rewards.

Source: Puri et al. 2025, arXiv:2502.01618, section 3 and appendix on particle Gibbs; entropic
annealing, arXiv:2510.05825.
    N      -> n             particles, of all iterations together
    T_max  -> rounds        steps in a solution; in the last, particles are drawn to their end
    tau    -> temperature   of the softmax of weights that particles are redrawn by
    w      -> log_weight    logit of the reward of the last step, no sum over steps
Differs from the papers: a particle ends where its model ends it, not where it has written "boxed";
steps are drawn at the request's temperature, where they use 0.8. Of the ways to anneal there is
the one by effective sample size, and no look-ahead. 4 iterations and 1 reference are the defaults
of the authors' code. The answer is the heaviest particle of the last sweep.
Cost: at most n steps and n scores a round for `rounds` rounds; particle Gibbs spreads them over
its iterations, which follow each other. Weighing references anew costs nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from scorers.base import Candidate, Scored
from search.resample import (
    annealed,
    heaviest,
    log_weight,
    multinomial,
    repeated,
    softmax,
    systematic,
)
from search.search import Search
from search.strategies.base import Judges, Strategy


class _Particles(Strategy):
    """What the three have in common: a sweep, from particles without steps to whole solutions."""

    continues: ClassVar[bool] = True
    judges: ClassVar[Judges] = "steps"

    n: int = Field(default=16, ge=1, le=256, description="particles, of all iterations together")
    rounds: int = Field(default=40, ge=1, le=256, description="steps in a solution, at most")
    temperature: float = Field(
        default=1.0, ge=0.01, le=100, description="of redrawing: low gives heavy particles more"
    )
    max_step_tokens: int = Field(default=256, ge=1, description="tokens a step, at most")
    step_end: str = Field(default="\n\n", min_length=1, description="text that ends a step")

    @property
    @override
    def solutions(self) -> int:
        return 1  # The others can be copies of it.

    @property
    @override
    def at_once(self) -> int:
        return self.n

    async def _sweep(
        self, search: Search, root: Candidate, free: int, references: Sequence[Candidate] = ()
    ) -> list[Scored]:
        step = search.steps(self.step_end, self.max_step_tokens)
        parents: Sequence[Candidate] = [root]
        particles: list[Scored] = []
        for t in range(1, self.rounds + 1):
            how = step if t < self.rounds else None
            drawn = await search.extend(parents, 1 if particles else free, how)
            fixed = [_truncated(reference, t) for reference in references]
            particles = await search.score([*drawn, *fixed])
            if all(particle.finished for particle in particles):
                break
            weights = [log_weight(particle) for particle in particles]
            counts = self._counts(weights, len(drawn), t / self.rounds, search.random())
            parents = repeated(particles, counts)
        return particles

    def _counts(self, weights: list[float], k: int, progress: float, chance: Random) -> list[int]:  # noqa: ARG002 - annealing asks for it
        """Return how often each of (N,) particles is among the `k` redrawn."""
        uniforms = [chance.random() for _ in range(k)]
        return multinomial(softmax(weights, self.temperature), uniforms)


class ParticleFilter(_Particles):
    """Redraw all particles at every step, each by chance and by its weight."""

    paper: ClassVar[str] = "arXiv:2502.01618"
    cost: ClassVar[str] = "n steps and n scores a round, for at most `rounds` rounds"

    kind: Literal["particle_filter"] = "particle_filter"

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        return heaviest(await self._sweep(search, root, self.n))


class EntropicParticleFilter(_Particles):
    """Redraw at even distances, and early on hotter, the fewer particles have all the weight."""

    paper: ClassVar[str] = "arXiv:2510.05825"
    cost: ClassVar[str] = "n steps and n scores a round, for at most `rounds` rounds"

    kind: Literal["entropic_particle_filter"] = "entropic_particle_filter"

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        return heaviest(await self._sweep(search, root, self.n))

    @override
    def _counts(self, weights: list[float], k: int, progress: float, chance: Random) -> list[int]:
        hotter = annealed(softmax(weights, self.temperature), progress)
        return systematic(softmax(weights, self.temperature * hotter), k, chance.random())


class ParticleGibbs(_Particles):
    """Filter again and again, each time beside references: solutions of the time before."""

    paper: ClassVar[str] = "arXiv:2502.01618"
    cost: ClassVar[str] = "n / iterations steps and scores a round, iterations * `rounds` rounds"

    kind: Literal["particle_gibbs"] = "particle_gibbs"
    iterations: int = Field(default=4, ge=1, le=64, description="sweeps, one after the other")
    references: int = Field(default=1, ge=0, le=64, description="particles kept for the next sweep")

    @model_validator(mode="after")
    def _a_sweep_has_particles_of_its_own(self) -> Self:
        if self.n % self.iterations:
            raise ValueError(f"n ({self.n}) must be a multiple of iterations ({self.iterations})")
        if self.references >= self.n // self.iterations:
            raise ValueError(
                f"references ({self.references}) must be fewer than the "
                f"{self.n // self.iterations} particles of an iteration"
            )
        return self

    @property
    @override
    def at_once(self) -> int:
        return self.n // self.iterations

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        particles: list[Scored] = []
        references: list[Scored] = []
        for _ in range(self.iterations):
            free = self.n // self.iterations - len(references)
            particles = await self._sweep(search, root, free, references)
            weights = [log_weight(particle) for particle in particles]
            counts = self._counts(weights, self.references, 1.0, search.random())
            references = repeated(particles, counts)
        return heaviest(particles)


def _truncated(reference: Candidate, steps: int) -> Candidate:
    """Return the reference as it was after so many steps."""
    if steps >= len(reference.steps):
        return reference
    return replace(reference, steps=reference.steps[:steps], finish=None)
