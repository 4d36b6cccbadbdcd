"""Whether a strategy can run on these models at all: found out before anything is spent."""

from dataclasses import replace
from math import isinf

from engines.base import DEFAULT, Capabilities
from search.budget import Budget
from search.errors import StrategyRefused
from search.honoured import check_honoured
from search.models import Models, Task
from search.strategies.base import Strategy


def parts_of(strategy: Strategy, models: Models) -> list[Strategy]:
    """Return all that may be run: what it runs inside itself, or what a policy may advise."""
    parts = list(strategy.whole())
    if strategy.advised == "never" or models.adviser is None:
        return parts
    return parts + [part for one in models.adviser.strategies for part in one.whole()]


def advised(strategy: Strategy, task: Task, models: Models, budget: Budget) -> Models:
    """Return the models with an adviser that knows what cannot run on them, or for this task."""
    if strategy.advised == "never" or models.adviser is None:
        return replace(models, adviser=None)

    def able(one: Strategy) -> bool:
        try:
            check(one, task, suited(one, models), budget)
        except StrategyRefused:
            return False
        return True

    own = len(task.sampling.pauses) if task.pauses_given else None
    pausing = models.engine.capabilities.pause is not None
    return replace(models, adviser=models.adviser.among(able, own, pausing=pausing))


def suited(strategy: Strategy, models: Models) -> Models:
    """Return the models without the judges that the strategy cannot use.

    Scores are compared with those of the probe, so that one scorer judges all: where a policy may
    advise a step search and somebody can judge steps, that is who judges.
    """
    judges = {part.judges for part in parts_of(strategy, models)}
    if strategy.advised != "never" and not any(scorer.partial for scorer in models.scorers):
        judges -= {"steps"}
    pairs = models.pairs if "pairs" in judges else None
    if "steps" in judges:
        partial = tuple(scorer for scorer in models.scorers if scorer.partial)
        return replace(models, scorers=partial, pairs=pairs)
    return replace(models, scorers=models.scorers if "solutions" in judges else (), pairs=pairs)


def check(strategy: Strategy, task: Task, models: Models, budget: Budget) -> None:
    """Refuse what cannot work, naming the field of the request that asks for it.

    Raises:
        StrategyRefused: and why.
    """
    _check_advised(strategy, models)
    for part in strategy.whole():
        named = part is strategy and "agents" in type(part).model_fields
        own = "search.strategy.agents" if named else "search.strategy"
        _check_engines(part, task, models, own)
        _check_tools(part, task)
        _check_scorers(part, models)
        _check_pairs(part, models)
        _check_counted(part, models, budget)


def _check_advised(strategy: Strategy, models: Models) -> None:
    if strategy.advised == "never":
        return
    name = models.engine.capabilities.model
    if models.adviser is None:
        raise StrategyRefused(
            f"{strategy.kind} chooses by a policy, and there is none for {name}: fit one to "
            "questions like yours with `fathom calibrate`, and set `policy`"
        )
    if models.adviser.estimator == "oracle":
        raise StrategyRefused(
            f"the policy for {name} is of oracle bins: it needs the right answers; fit another"
        )
    if strategy.advised == "always" and not models.adviser.re_decides:
        raise StrategyRefused(
            f"the policy for {name} does not say how sure an answer is, so there is nothing to "
            "decide anew by; choose the mode `once`, or fit it by `score` or `agreement`",
            param="search.strategy.mode",
        )
    if models.adviser.estimator == "score" and not models.scorers:
        raise StrategyRefused(
            f"the policy for {name} measures difficulty by scores, and no scorer is chosen",
            param="search.scorer",
        )


def _check_engines(strategy: Strategy, task: Task, models: Models, param: str) -> None:
    """Refuse engines that are not there, or that cannot do what the strategy and the task take."""
    unknown = [name for name in strategy.engines if name not in models.others]
    if unknown:
        known = ", ".join((DEFAULT, *models.others))
        raise StrategyRefused(f"there is no engine {unknown[0]!r}; there are {known}", param=param)
    for able in _capabilities(strategy, models):
        _check_engine(strategy, task, able)
        _check_thinking(task, able)
        _check_form(strategy, task, able)
        check_honoured(strategy, task, able)


def _capabilities(strategy: Strategy, models: Models) -> list[Capabilities]:
    return [models.named(name).capabilities for name in (DEFAULT, *strategy.engines)]


def _check_counted(strategy: Strategy, models: Models, budget: Budget) -> None:
    """Refuse a limit on what cannot be counted."""
    engines = _capabilities(strategy, models)
    asked = [(f"the engine of {able.model}", able.counts) for able in engines]
    asked += [(scorer.name, scorer.counts) for scorer in models.scorers]
    asked += [(models.pairs.name, models.pairs.counts)] if models.pairs else []
    for currency, limit, missing in (
        ("flops", budget.flops, "`parameters`"),
        ("cost", budget.cost, "`price`"),
    ):
        unknown = [name for name, counts in asked if currency not in counts]
        if unknown and not isinf(limit):
            raise StrategyRefused(
                f"{currency} cannot be limited: what the tokens of {unknown[0]} take of it is not "
                f"known; set its {missing} in the configuration",
                param=f"search.budget.{currency}",
            )


def _check_engine(strategy: Strategy, task: Task, able: Capabilities) -> None:
    if strategy.continues and not able.continues:
        raise StrategyRefused(
            f"{strategy.kind} continues partial answers, which the engine of {able.model} cannot"
        )
    if strategy.alternatives > able.alternatives == 0:
        raise StrategyRefused(
            f"{strategy.kind} reads log-probabilities, which the engine of {able.model} does not "
            "give"
        )
    own = strategy.continues + _in_phases(task, able)
    stops = len(task.sampling.stop) + own
    if able.stops is not None and stops > able.stops:
        whose = f", {own} of them the search's own," if own else ""
        raise StrategyRefused(
            f"{stops} stop strings{whose} are more than the engine's limit of {able.stops}",
            param="stop",
        )


def _in_phases(task: Task, able: Capabilities) -> bool:
    """Say whether the end of thinking is a stop string of requests; see `engines.phases`."""
    apart = task.sampling.thinking_tokens is not None or task.sampling.json_schema is not None
    return able.token_ids and able.thinking is not None and apart


def _check_thinking(task: Task, able: Capabilities) -> None:
    """Refuse a cap on thinking where there is none, or where it would not be kept."""
    if task.sampling.thinking_tokens is None or able.caps_thinking:
        return
    cannot = "does not limit its thinking" if able.thinking else "does not think"
    raise StrategyRefused(
        f"the engine of {able.model} {cannot}: `thinking_token_budget` cannot be honoured",
        param="thinking_token_budget",
    )


def _check_form(strategy: Strategy, task: Task, able: Capabilities) -> None:
    """Refuse a schema where samples cannot be held to it, one for calls of tools included."""
    if task.sampling.json_schema is None:
        return
    param = "tool_choice" if task.conversation.tools else "response_format"
    if not able.structured:
        raise StrategyRefused(
            f"the engine of {able.model} cannot hold answers to a schema", param=param
        )
    if strategy.continues:
        raise StrategyRefused(
            f"{strategy.kind} continues partial answers, and a schema holds for whole ones only; "
            "choose a strategy that draws whole solutions",
            param=param,
        )


def _check_tools(strategy: Strategy, task: Task) -> None:
    if strategy.speaks and task.conversation.tools:
        raise StrategyRefused(
            f"{strategy.kind} puts words of its own into the answer, which then could not be a "
            "call of a tool; choose another strategy, or a `tool_choice` of none"
        )


def _check_scorers(strategy: Strategy, models: Models) -> None:
    if strategy.judges in ("steps", "solutions") and not models.scorers:
        what = "partial solutions" if strategy.judges == "steps" else "solutions"
        raise StrategyRefused(
            f"{strategy.kind} needs a scorer that judges {what}, and none is chosen",
            param="search.scorer",
        )
    able = models.engine.capabilities.alternatives
    if models.scorers and all(scorer.alternatives > able == 0 for scorer in models.scorers):
        raise StrategyRefused(
            f"scorer {models.scorers[0].name} reads log-probabilities, which the engine of "
            f"{models.engine.capabilities.model} does not give",
            param="search.scorer",
        )


def _check_pairs(strategy: Strategy, models: Models) -> None:
    if strategy.judges != "pairs":
        return
    if models.pairs is None:
        raise StrategyRefused(f"{strategy.kind} needs a judge of pairs, and there is none")
    if not models.pairs.able:
        raise StrategyRefused(
            f"{strategy.kind} compares solutions by log-probabilities, which the engine of "
            f"{models.pairs.name} does not give"
        )
