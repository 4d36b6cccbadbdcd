"""What OpenAI's own client asks of tokens and prompts, of the real service on the real model."""

import math

import pytest
from openai import OpenAI

pytestmark = pytest.mark.embedded
ASK = [{"role": "user", "content": "Name an animal, with an emoji."}]


@pytest.fixture(scope="module")
def client(served: str):
    with OpenAI(base_url=served, api_key="none", max_retries=0) as client:
        yield client


@pytest.mark.parametrize("strategy", ["sample", "majority"])
def test_tokens_of_an_answer_are_those_it_is_made_of(client: OpenAI, strategy: str) -> None:
    answer = client.chat.completions.create(
        model=f"fathom:{strategy}", messages=ASK, max_tokens=16, logprobs=True, top_logprobs=3
    ).choices[0]
    assert answer.logprobs
    tokens = answer.logprobs.content or []
    said = bytes(byte for token in tokens for byte in token.bytes or ())
    assert said.decode(errors="ignore").startswith(answer.message.content or "none")
    assert all(len(token.top_logprobs) == 3 for token in tokens)
    assert all(token.logprob <= 0 for token in tokens)
    assert all(sum(math.exp(top.logprob) for top in t.top_logprobs) <= 1.001 for t in tokens)


def test_a_stream_has_them_chunk_by_chunk(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="fathom:sample", messages=ASK, max_tokens=16, logprobs=True, stream=True
    )
    choices = [chunk.choices[0] for chunk in stream]
    told = [choice for choice in choices if choice.logprobs]
    words = "".join(choice.delta.content or "" for choice in choices)
    said = [token for c in told for token in (c.logprobs and c.logprobs.content) or []]
    assert words
    assert bytes(b for t in said for b in t.bytes or ()).decode(errors="ignore").startswith(words)


def test_a_biased_token_is_drawn_under_every_strategy_or_never(client: OpenAI) -> None:
    def said(strategy: str, bias: int) -> str:
        return (
            client.chat.completions.create(
                model=f"fathom:{strategy}", messages=ASK, max_tokens=4, logit_bias={"1000": bias}
            )
            .choices[0]
            .message.content
            or ""
        )

    [forced] = {said(strategy, 100) for strategy in ("sample", "best_of_n")}
    assert forced[: len(forced) // 4] * 4 == forced
    assert said("sample", -100) != forced


@pytest.mark.parametrize("n", [1, 3])
def test_the_same_seed_has_the_same_drawn_again(client: OpenAI, n: int) -> None:
    def said(seed: int) -> list[str | None]:
        answer = client.chat.completions.create(
            model="fathom",
            messages=ASK,
            max_tokens=12,
            temperature=1,
            seed=seed,
            n=n,
            extra_body={"search": {"strategy": {"kind": "sample", "n": n}}},
        )
        return [choice.message.content for choice in answer.choices]

    first = said(5)
    assert said(5) == first
    assert said(6) != first


def test_a_prompt_is_gone_on_with_as_it_is(client: OpenAI) -> None:
    answer = client.completions.create(
        model="fathom:sample", prompt="1, 2, 3, 4,", max_tokens=8, temperature=0, logprobs=2
    )
    [choice] = answer.choices
    assert (answer.object, choice.text[:3]) == ("text_completion", " 5,")
    assert choice.logprobs
    assert "".join(choice.logprobs.tokens or []) == choice.text
    assert answer.usage
    assert answer.usage.prompt_tokens < 16


def test_prompts_are_searched_over_and_streamed(client: OpenAI) -> None:
    answer = client.completions.create(
        model="fathom:best_of_n", prompt=["1, 2, 3,", "a, b, c,"], max_tokens=6, n=2
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    stream = client.completions.create(
        model="fathom:sample", prompt="1, 2, 3,", max_tokens=6, stream=True
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].text for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason in ("length", "stop")
