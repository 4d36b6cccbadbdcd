"""Every strategy that runs by itself, and so can be run inside another; see `ensemble`."""

from typing import Annotated, TypeAlias

from pydantic import Field

from search.strategies.ab_mcts import AbMcts
from search.strategies.adaptive_consistency import AdaptiveConsistency
from search.strategies.beam_search import BeamSearch
from search.strategies.best_of_n import BestOfN, WeightedBestOfN
from search.strategies.budget_forcing import BudgetForcing
from search.strategies.certainty_probe import CertaintyProbe
from search.strategies.dvts import Dvts
from search.strategies.early_stopping_consistency import EarlyStoppingConsistency
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
from search.strategies.self_refine import SelfRefine
from search.strategies.tournament import Tournament

Single: TypeAlias = Annotated[
    OneSample
    | BudgetForcing
    | CertaintyProbe
    | Majority
    | AdaptiveConsistency
    | EarlyStoppingConsistency
    | BestOfN
    | WeightedBestOfN
    | SelfCertainty
    | BeamSearch
    | Revisions
    | Lookahead
    | Dvts
    | Rebase
    | ParticleFilter
    | ParticleGibbs
    | EntropicParticleFilter
    | Mcts
    | RStar
    | AbMcts
    | SelfRefine
    | Tournament
    | Mixture
    | PlanSearch
    | RepeatedSampling
    | IdeaSearch,
    Field(discriminator="kind"),
]
"""One of them, told apart by its kind."""
