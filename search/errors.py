"""What can go wrong in a search.

SearchError
├── BudgetExhausted   ends a search early; caught by `run_search`, never by a strategy
├── StrategyRefused   this strategy cannot run on these models, or for this request
│   └── NothingToVote the samples hold no final answers that could be counted
└── ReplayMismatch    a replayed search left its trace; see search.replay
"""


class SearchError(Exception):
    """Base of every error a search raises."""


class BudgetExhausted(SearchError):
    """Nothing is left of `currency`: "tokens", "calls" or "flops"."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"budget of {currency} exhausted")
        self.currency = currency


class StrategyRefused(SearchError):
    """The strategy cannot run here, and says why; `param` names the request's field at fault."""

    def __init__(self, message: str, *, param: str = "search.strategy") -> None:
        super().__init__(message)
        self.param = param


class NothingToVote(StrategyRefused):
    """No sample ended with an answer that could be compared with another's."""


class ReplayMismatch(SearchError):
    """The search asked for something the trace does not hold: the strategy has changed."""
