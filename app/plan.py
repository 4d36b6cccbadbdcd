"""From a request to the search that answers it: whose word counts, in which order.

The strategy: `search.strategy`, then the alias in the model's name, then `reasoning_effort` (or
`reasoning.effort`), then the service's default. The tokens of the search: `search.budget.tokens`,
then `reasoning.max_tokens`, then what the strategy's source says. `thinking_token_budget` is of
each sample, and limits no search.
"""

from dataclasses import dataclass

from app.errors import ModelNotFound
from app.pauses import asked_or_set, pausing
from app.presets import BudgetOptions, Preset
from app.service import Service
from app.settings import SERVICE_NAME, Settings
from app.token_options import biases_of
from app.traces.wanted import wanted
from app.wire import ChatRequest
from engines.base import Sampling
from scorers.answers import check_pattern
from scorers.preference import comparer_of
from scorers.programs.from_prompt import asked
from scorers.tool_form import calls_schema
from search import Budget, Models, Task
from search.errors import StrategyRefused
from search.registry import AnyStrategy
from search.strategies import OneSample


@dataclass(frozen=True, slots=True)
class Plan:
    """One search, ready to run; `source` says whose word the strategy is."""

    strategy: AnyStrategy
    task: Task
    models: Models
    budget: Budget
    limits: BudgetOptions
    source: str


def names(service: Service) -> list[str]:
    """Return every name of the models: the first's own and the service's, the further ones'.

    Then each of them with every alias that it can answer.
    """
    known = _models(service)
    named = (f"{name}:{alias}" for name, served in known.items() for alias in _aliases(served))
    return [*known, *named]


def find(model: str, service: Service) -> tuple[Service, str | None]:
    """Return who serves the model of this name, and the alias in it, if there is one.

    Raises:
        ModelNotFound: the model is not served here.
    """
    known = _models(service)
    if model in known:
        return known[model], None
    # The last colon: a model's own name may have others.
    name, _, alias = model.rpartition(":")
    if name not in known or alias not in service.settings.presets:
        raise ModelNotFound(model)
    return known[name], alias


def _aliases(served: Service) -> list[str]:
    """Return the aliases without those that take a policy, where there is none."""
    presets = served.settings.presets.items()
    return [
        alias
        for alias, preset in presets
        if served.policy is not None or preset.strategy.advised == "never"
    ]


def _models(service: Service) -> dict[str, Service]:
    own = service.engine.capabilities.model
    return {own: service, SERVICE_NAME: service} | service.named


def plan(request: ChatRequest, service: Service) -> Plan:
    """Decide how to answer a request.

    Raises:
        ModelNotFound: the model is not served here.
        StrategyRefused: what it asks for does not go together.
        Unsupported: it asks for pauses, of which its model has no token.
        BadPattern: `search.pattern` is no regular expression that can be used.
        DatabaseOff, KeepingRefused: it is to be kept, and nothing is.
        TooManyMessages, StrategyTooLarge: it is larger than what is taken.
    """
    wanted(request, service.settings.traces, service.store)
    served, alias = find(request.model, service)
    preset, chosen = _preset(request, served.settings, alias)
    strategy, limits = _strategy(request, preset, chosen=chosen), _limits(request, preset, chosen)
    if served.settings.step_end is not None:
        strategy = strategy.with_step_end(served.settings.step_end)
    served.settings.caps.check(len(request.messages), strategy)
    if request.n > strategy.solutions:
        raise StrategyRefused(
            f"`n` is {request.n}, but {strategy.kind} ends with {strategy.solutions} solutions "
            "as it is set",
            param="n",
        )
    own = request.search
    text = asked(request.conversation())
    models = served.models(own.scorer, own.reference, own.tests, text)
    if request.search.scorer:
        _check_comparing(strategy, models)
    source = _source(request, alias)
    return Plan(strategy, _task(request, served), models, limits.budget(), limits, source)


def _check_comparing(strategy: AnyStrategy, models: Models) -> None:
    """Refuse scorers that a request names for a strategy that has use only for comparisons."""
    if strategy.judges == "pairs" and comparer_of(models.scorers) is None:
        raise StrategyRefused(
            f"{strategy.kind} has solutions compared two by two, which scorer "
            f"{models.scorers[0].name} does not; choose one that does, as `rubric_pairs`, or none",
            param="search.scorer",
        )


def _preset(request: ChatRequest, settings: Settings, alias: str | None) -> tuple[Preset, bool]:
    """Return the preset that applies, and whether the request asked for it."""
    if alias is not None:
        return settings.presets[alias], True
    if request.effort is not None:
        return settings.efforts[request.effort], True
    return settings.default, False


def _source(request: ChatRequest, alias: str | None) -> str:
    """Return whose word the strategy is."""
    if request.search.strategy is not None:
        return "the request"
    if alias is not None:
        return f"the alias {alias}"
    if request.effort is not None:
        return f"the effort {request.effort}"
    if request.temperature == 0:
        return "a temperature of 0, at which all samples are the same"
    return "the default"


def _strategy(request: ChatRequest, preset: Preset, *, chosen: bool) -> AnyStrategy:
    if request.search.strategy is not None:
        return request.search.strategy
    if request.temperature == 0 and not chosen:
        # All samples would be the same one.
        return OneSample(n=request.n)
    if isinstance(preset.strategy, OneSample):
        return OneSample(n=max(request.n, preset.strategy.n))
    return preset.strategy


def _limits(request: ChatRequest, preset: Preset, chosen: bool) -> BudgetOptions:
    own = request.search.budget
    tokens = own.tokens or request.reasoning.max_tokens
    asked = own.model_dump(exclude_none=True) | ({"tokens": tokens} if tokens else {})
    if request.search.strategy is not None and not chosen:
        return BudgetOptions(**asked)
    return preset.budget.model_copy(update=asked)


def _task(request: ChatRequest, served: Service) -> Task:
    conversation, choice = request.conversation(), request.choice()
    schema = request.response_format.constraint
    if conversation.tools and schema is not None:
        raise StrategyRefused(
            "an answer in a format cannot be a call of a tool; ask for one or the other, or for a "
            "`tool_choice` of none",
            param="response_format",
        )
    settings, able = served.settings, served.engine.capabilities
    sampling = Sampling(
        request.max_completion_tokens or request.max_tokens or settings.max_answer_tokens,
        settings.temperature if request.temperature is None else request.temperature,
        request.top_p,
        request.presence_penalty,
        request.frequency_penalty,
        tuple(request.stop),
        json_schema=calls_schema(conversation.tools, choice) if choice.required else schema,
        thinking_tokens=request.thinking_token_budget,
        shown=request.shown,
        bias=biases_of(request.logit_bias),
        pauses=asked_or_set(request.search.pause_tokens, settings, able),
    )
    asked = request.search
    if asked.pattern is not None:
        check_pattern(asked.pattern)
    seed, failing, taught = request.seed, asked.on_verifier_error, pausing(settings, able)
    own = asked.pause_tokens is not None
    return Task(conversation, sampling, asked.pattern, seed, choice, failing, taught, own)
