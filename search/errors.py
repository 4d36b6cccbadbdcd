"""What can go wrong in a search.

SearchError
├── BudgetExhausted   ends a search early; caught by `run_search`, never by a strategy
├── StrategyRefused   this strategy cannot run on these models, or for this request
│   └── NothingToVote the samples hold no final answers that could be counted
├── ReplayMismatch    a replayed search left its trace; see search.replay
├── NotMeasurable     how easy a question is cannot be said of these numbers
└── PolicyError       a policy cannot be used, or not for this
    ├── PolicyMissing     its file cannot be read
    ├── PolicyOutdated    its file is of another version
    ├── PolicyMalformed   its file is no policy
    │   └── PolicyUnknowing   it names a strategy that is not installed
    └── BinUnknown        the policy has no such bin
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


class NotMeasurable(SearchError):
    """How easy a question is cannot be said of these numbers."""


class PolicyError(SearchError):
    """Base of what can be wrong with a policy."""


class PolicyMissing(PolicyError):
    """Its file cannot be read or written."""


class PolicyOutdated(PolicyError):
    """Its file is of another version: fit it anew."""

    def __init__(self, message: str, version: object) -> None:
        super().__init__(message)
        self.version = version


class PolicyMalformed(PolicyError):
    """Its file is no policy; `where` is the place in it, empty if it cannot be told."""

    def __init__(self, message: str, where: str) -> None:
        super().__init__(message)
        self.where = where


class PolicyUnknowing(PolicyMalformed):
    """It names a strategy that is not installed here."""


class BinUnknown(PolicyError):
    """The policy has no such bin."""
