"""vLLM whose `/generative_scoring` says how likely labels are, in place of `/v1/completions`.

It gives the first label's share of both, and no more: not how likely either is among all tokens,
and not what was found in the prefix cache, which it does use. It cuts a prompt that is too long
without a word, so that one is refused here.
"""

from math import inf, log
from typing import Any

from typing_extensions import override

from engines.base import Engine, Likelihoods, Request, Sampling
from engines.completions import read_usage, sensible
from engines.conversation import Conversation, Message
from engines.errors import ContextOverflow, EngineError, EngineUnavailable, Unsupported
from engines.http import Transport
from engines.vllm import Vllm


async def asked_for_scores(transport: Transport, engine: Engine) -> Engine:
    """Return an engine on the same server whose labels `/generative_scoring` tells of.

    Raises:
        EngineUnavailable: the server does not do that.
    """
    scoring = ScoringVllm(transport, engine.capabilities)
    asked = await engine.render(Conversation((Message("user", "Is 2 + 3 = 5 (Yes/No)?"),)))
    if asked.ids is None:
        raise EngineUnavailable(f"{transport.base_url} does not take token ids: leave `labels` out")
    probe = Request("probe", asked, (), 1, Sampling(1), 0)
    try:
        await scoring.likelihoods(probe, ("Yes", "No"))
    except EngineError as error:
        raise EngineUnavailable(
            f"{transport.base_url} gives no scores ({error}): leave `labels` out"
        ) from error
    return scoring


class ScoringVllm(Vllm):
    """One vLLM server, by token ids, that is asked for scores."""

    @override
    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask for the first label's share of two; see `Engine.likelihoods`.

        The log-probabilities are those of the labels among themselves.
        """
        if len(labels) != 2:  # noqa: PLR2004 - one share tells of two
            raise Unsupported(f"/generative_scoring tells of two labels, not of {len(labels)}")
        context = self.capabilities.context
        if context is not None and len(request.ids) >= context:
            raise ContextOverflow(
                f"request {request.id}: {len(request.ids)} tokens do not fit a context of {context}"
            )
        body: dict[str, Any] = {
            "model": self.capabilities.model,
            "query": request.ids,
            "items": [[]],
            "label_token_ids": [await self._token(label) for label in labels],
            "apply_softmax": True,
        }
        with sensible(request.id):
            answer = await self._http.post("/generative_scoring", body, request_id=request.id)
            (scored,) = answer["data"]
            share = float(scored["score"])
            if not 0 <= share <= 1:
                raise EngineUnavailable(f"request {request.id}: {share} is no probability")
            usage = read_usage(answer, self.capabilities, 1)
            return Likelihoods(tuple(log(p) if p else -inf for p in (share, 1 - share)), usage)
