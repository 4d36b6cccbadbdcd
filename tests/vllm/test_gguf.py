"""SmolLM2 as a GGUF file in the embedded engine: what it makes of it is what transformers does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engines.llamacpp import LlamaCpp, LlamaCppConfig, open_llamacpp
from tests.vllm.asked import Told, ask
from tests.vllm.servers import CACHE
from training.gguf.model import write

pytestmark = pytest.mark.vllm

FOLDER = CACHE / "smollm2"
QUESTION = "What is the capital of France, and why?"
TEXTS = (
    "x = 12345 + 678;\n\n\n  y\t= 3.14",
    "Größe: 10 €, 日本語テキスト 😀😀",
    "don't we'll I'M   spaces   \n \n end ",
    "<|im_end|> hi <pause> there\r\n",
    "١٢٣ ४५६ Ⅳ ½",
)


@pytest.fixture(scope="module")
def told() -> Told:
    return ask(FOLDER, QUESTION, texts=TEXTS)


@pytest.fixture(scope="module", params=[True, False], ids=["float16", "float32"])
def file(request, tmp_path_factory) -> Path:
    found: Path = tmp_path_factory.mktemp("gguf") / "smollm2.gguf"
    write(FOLDER, found, name="smollm2", half=request.param)
    return found


@pytest.fixture
async def engine(file) -> AsyncIterator[LlamaCpp]:
    async with open_llamacpp(LlamaCppConfig(model=file, context=512, slots=1)) as found:
        yield found


async def test_it_reads_and_draws_and_thinks_as_transformers_does(engine, told: Told) -> None:
    assert [list(await engine.tokenize(text)) for text in TEXTS] == told.texts
    [answer] = told.answers
    chat = {"messages": [{"role": "user", "content": QUESTION}]}
    rendered = await engine._http.post("/apply-template", chat, request_id="it")
    assert rendered["prompt"] == answer.prompt
    asked = {"prompt": answer.ids, "n_predict": 40, "temperature": 0, "return_tokens": True}
    drawn = await engine._http.post("/completion", asked, request_id="it")
    assert drawn["tokens"] == answer.drawn
    [states] = (await engine.states([answer.ids], request_id="it")).texts
    # Their standard deviation is 1.9; the server's cache is of 16 bits.
    assert states[-1] == pytest.approx(answer.state, abs=0.05)
