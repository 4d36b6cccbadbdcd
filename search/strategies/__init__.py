"""Ways to spend compute on an answer; each file reads alone, like the paper it cites.

To add one: write `<name>.py`, add its class to `Single`, add an instance to `STRATEGIES` in
`tests/search/world.py` and a small one to `tests/small.py`: what holds for every strategy is then
tested for it, and requests, the catalogue and the command line know it.
"""

from typing import Annotated, TypeAlias, get_args

from pydantic import Field

from search.strategies.ab_mcts import AbMcts
from search.strategies.adaptive_consistency import AdaptiveConsistency
from search.strategies.auto import Auto
from search.strategies.base import Strategy
from search.strategies.beam_search import BeamSearch
from search.strategies.best_of_n import BestOfN, WeightedBestOfN
from search.strategies.budget_forcing import BudgetForcing
from search.strategies.certainty_probe import CertaintyProbe
from search.strategies.dvts import Dvts
from search.strategies.early_stopping_consistency import EarlyStoppingConsistency
from search.strategies.ensemble import Ensemble
from search.strategies.idea_search import IdeaSearch
from search.strategies.lookahead import Lookahead
from search.strategies.majority import Majority
from search.strategies.mcts import Mcts, RStar
from search.strategies.mixture import Mixture
from search.strategies.particles import EntropicParticleFilter, ParticleFilter, ParticleGibbs
from search.strategies.plan_search import PlanSearch
from search.strategies.rebase import Rebase
from search.strategies.repeated_sampling import RepeatedSampling
from search.strategies.revisions import Revisions
from search.strategies.sample import OneSample
from search.strategies.self_certainty import SelfCertainty
from search.strategies.self_debug import SelfDebug
from search.strategies.self_refine import SelfRefine
from search.strategies.single import Single
from search.strategies.tournament import Tournament

AnyStrategy: TypeAlias = Annotated[
    Single | SelfDebug | Ensemble | Auto, Field(discriminator="kind")
]
"""Every strategy of this package; `search.registry` adds those of plug-ins."""

KINDS: dict[str, type[Strategy]] = {
    cls.model_fields["kind"].default: cls
    for cls in (*get_args(get_args(Single)[0]), SelfDebug, Ensemble, Auto)
}
"""The same by name."""

__all__ = [
    "KINDS",
    "AbMcts",
    "AdaptiveConsistency",
    "AnyStrategy",
    "Auto",
    "BeamSearch",
    "BestOfN",
    "BudgetForcing",
    "CertaintyProbe",
    "Dvts",
    "EarlyStoppingConsistency",
    "Ensemble",
    "EntropicParticleFilter",
    "IdeaSearch",
    "Lookahead",
    "Majority",
    "Mcts",
    "Mixture",
    "OneSample",
    "ParticleFilter",
    "ParticleGibbs",
    "PlanSearch",
    "RStar",
    "Rebase",
    "RepeatedSampling",
    "Revisions",
    "SelfCertainty",
    "SelfDebug",
    "SelfRefine",
    "Strategy",
    "Tournament",
    "WeightedBestOfN",
]
