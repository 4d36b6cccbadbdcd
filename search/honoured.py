"""Whether engines and a strategy can do what a request asks of tokens, images and raw prompts."""

from engines.base import Capabilities
from engines.errors import Unsupported
from engines.pauses import FIELD, pauses_of
from search.errors import StrategyRefused
from search.models import Task
from search.strategies.base import Strategy


def check_honoured(strategy: Strategy, task: Task, able: Capabilities) -> None:
    """Refuse what a strategy's engine cannot do, or the strategy would lose.

    Raises:
        StrategyRefused: and which field asks for it.
    """
    _check_shown(strategy, task, able)
    _check_bias(strategy, task, able)
    _check_pauses(task, able)
    _check_images(task, able)
    _check_raw(strategy, task, able)


def _check_shown(strategy: Strategy, task: Task, able: Capabilities) -> None:
    """Refuse log-probabilities that are not to be had of every token of an answer."""
    shown = task.sampling.shown
    if shown is None:
        return
    if not able.alternatives:
        raise StrategyRefused(
            f"the engine of {able.model} gives no log-probabilities", param="logprobs"
        )
    if shown > able.alternatives:
        raise StrategyRefused(
            f"the engine of {able.model} gives log-probabilities of {able.alternatives} tokens a "
            f"place at most, not of {shown}",
            param="top_logprobs",
        )
    if strategy.speaks:
        raise StrategyRefused(
            f"{strategy.kind} puts words of its own into the answer, which have no "
            "log-probabilities; choose another strategy",
            param="logprobs",
        )


def _check_bias(strategy: Strategy, task: Task, able: Capabilities) -> None:
    if not task.sampling.bias:
        return
    if not able.biased:
        raise StrategyRefused(
            f"the engine of {able.model} does not take a bias on tokens", param="logit_bias"
        )
    if strategy.engines:
        raise StrategyRefused(
            f"{strategy.kind} draws from several engines as it is set, and `logit_bias` is of the "
            "tokens of one",
            param="logit_bias",
        )


def _check_pauses(task: Task, able: Capabilities) -> None:
    """Refuse pauses where they would be text: to a model that was taught none, or by text."""
    try:
        pauses_of(len(task.sampling.pauses), able)
    except Unsupported as error:
        raise StrategyRefused(str(error), param=FIELD) from error


def _check_images(task: Task, able: Capabilities) -> None:
    images = task.conversation.images
    if images and able.images == "none":
        raise StrategyRefused(
            f"the engine of {able.model} takes no images, as an `image_url` part has them",
            param="messages",
        )
    if able.images != "any" and any(image.remote for image in images):
        raise StrategyRefused(
            "an `image_url` must be a data: URL here: nothing is fetched for a request",
            param="messages",
        )


def _check_raw(strategy: Strategy, task: Task, able: Capabilities) -> None:
    raw = task.conversation.raw
    if raw is None:
        return
    if not able.token_ids:
        raise StrategyRefused(
            f"the engine of {able.model} takes conversations only: use /v1/chat/completions",
            param="prompt",
        )
    if strategy.converses:
        raise StrategyRefused(
            f"{strategy.kind} asks in turns of its own, and a prompt without a template has none; "
            "choose another strategy, or use /v1/chat/completions"
        )
    if strategy.engines and not isinstance(raw, str):
        raise StrategyRefused(
            f"{strategy.kind} draws from several engines as it is set, and the prompt is tokens of "
            "one",
            param="prompt",
        )
