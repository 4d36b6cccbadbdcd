"""What a served policy takes for each problem, by what is known of the problem's pool."""

from collections.abc import Sequence

from evaluation.calibrate.ease import Probe
from evaluation.calibrate.errors import NotPooled
from evaluation.calibrate.pool import Pooled
from search.advice import Standing
from search.policy import Policy, PolicyAdviser
from search.policy.choice import PLAIN
from search.strategies.base import Strategy


def chosen(policy: Policy, pools: Sequence[Pooled], budget: int) -> list[Strategy | None]:
    """Return what it takes within a budget of tokens for (Q,) problems, `None` if it cannot tell.

    The first samples of a pool are the probe, which is paid for as `auto` pays for it.
    """
    return [_taken(policy, pool, budget) for pool in pools]


def _taken(policy: Policy, pool: Pooled, budget: int) -> Strategy | None:
    probe = Probe(policy.estimator, policy.fitted_on.samples)
    try:
        ease = policy.regressor.ease(pool.question) if policy.regressor else probe.ease(pool)
    except NotPooled:
        return None
    taken = probe.tokens(pool)
    standing = Standing(ease, max(0.0, budget - taken), taken)
    return PolicyAdviser(policy).advise(standing).strategy or PLAIN
