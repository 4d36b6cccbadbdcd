"""The document as it is fuzzed: as it is served, and as those ask who get as far as a search.

Of all bodies that are of the schema few are requests: fields contradict each other, and names are
of nothing. So what the schema cannot say is said here, of one service.
"""

from copy import deepcopy
from typing import Any

MODELS = ("fathom", "fake", "fathom:sample", "fake:majority", "fathom:beam_search", "fathom:low")
SCORERS = ("confidence", "vote", "judge", "maths", "pattern", "default")
TALKS = (
    [{"role": "user", "content": "What is 6 * 7?"}],
    [{"role": "system", "content": "Be brief.\u0000"}, {"role": "user", "content": "\U0001f409"}],
    [{"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "def f"}]},
     {"role": "assistant", "content": "a"}, {"role": "user", "content": "b?"}],
    [{"role": "user", "content": "?"},
     {"role": "assistant", "tool_calls": [
         {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
     {"role": "tool", "tool_call_id": "1", "content": "c"}],
)  # fmt: skip
CONTRADICTING = {
    "ChatRequest": ("max_completion_tokens", "reasoning", "thinking_token_budget", "tools",
                    "tool_choice", "response_format", "chat_template_kwargs", "n"),
    "SearchOptions": ("pattern", "reference", "tests", "events", "scorer"),
    "ScoreRequest": ("tests", "reference", "tools", "scorer"),
    "BudgetOptions": ("cost",),
    "CompletionRequest": ("best_of", "echo", "stream", "logit_bias"),
    "ResponseRequest": ("previous_response_id", "tools", "tool_choice", "text"),
}  # fmt: skip
"""Fields that go with some values of others only."""


def named(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the names of models and scorers that are there."""
    known = deepcopy(document)
    schemas = known["components"]["schemas"]
    for name in ("ChatRequest", "ScoreRequest", "CompletionRequest", "ResponseRequest"):
        schemas[name]["properties"]["model"] = {"enum": MODELS}
    # What a search can be told is tried in chat completions: thousands of cases each time.
    for name in ("CompletionRequest", "ResponseRequest"):
        schemas[name]["properties"]["search"] = {"enum": [{}, {"strategy": "majority"}]}
    for name in ("SearchOptions", "ScoreRequest"):
        schemas[name]["properties"]["scorer"] = {"enum": SCORERS}
    parameter = known["paths"]["/v1/models/{model}"]["get"]["parameters"][0]
    parameter["schema"] = {"anyOf": [{"enum": MODELS}, {"type": "string"}]}
    return known


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document of requests that are answered, for the most part."""
    known = named(document)
    schemas = known["components"]["schemas"]
    for name, fields in CONTRADICTING.items():
        for field in fields:
            del schemas[name]["properties"][field]
    schemas["ChatRequest"]["properties"]["messages"] = {"enum": TALKS}
    schemas["ScoreRequest"]["properties"]["messages"] = {"enum": TALKS}
    schemas["CompletionRequest"]["properties"]["prompt"] = {
        "enum": ["6 * 7 is", ["a", "\U0001f409"]]
    }
    schemas["ResponseRequest"]["properties"]["input"] = {"enum": ["What is 6 * 7?", "\u0000"]}
    schemas["ChatRequest"]["properties"]["max_tokens"] = {"enum": [1, 7, 64]}
    return known
