"""Searches of the past, made by the test: as large as wanted."""

from typing import Any

SPENT = {
    "prompt_tokens": 900, "cached_tokens": 700, "completion_tokens": 24_000, "calls": 41,
    "flops": 6.5e12, "cost": 0.0,
}  # fmt: skip
WIDE, KEPT = 50, 12
"""Steps of a round, and how many of them are gone on with."""


def tree(nodes: int) -> dict[str, Any]:
    """Return a beam search of so many steps."""
    made = [node(0, None, 0)]
    for i in range(1, nodes):
        above, place = divmod(i - 1, WIDE)
        parent = 0 if above == 0 else (above - 1) * WIDE + 1 + place % KEPT
        made.append(node(i, parent, above + 1))
    end = made[-1]
    while True:
        end["state"] = "chosen"
        if end["parent"] is None:
            return {"nodes": made, "left_out": 0}
        end = made[end["parent"]]


def node(i: int, parent: int | None, depth: int) -> dict[str, Any]:
    """Return a node as the API has it."""
    if parent is None:
        return {"id": 0, "parent": None, "kind": "root", "text": "Q?", "state": "open",
                "round": 0, "tokens": 0}  # fmt: skip
    reward = (i * 37 % 101) / 100
    state = "pruned" if (i - 1) % WIDE >= KEPT else "open"
    return {"id": i, "parent": parent, "kind": "step", "state": state, "round": depth,
            "tokens": 12, "reward": reward, "score": reward,
            "text": f"step {i}: 45-20+72-41 is {i}\n"}  # fmt: skip


def listed() -> dict[str, Any]:
    """Return the list that holds the one trace."""
    trace = {
        "id": "chatcmpl-1", "object": "search.trace", "created": 1_796_000_000, "model": "m",
        "strategy": "beam_search", "score": 0.93, "stop": "finished", "seconds": 12.5,
        "tokens": {"generated": 24_000, "discarded": 23_500, "verifier": 24_000},
        "flops": 1.3e13, "question": "What is 6 * 7?", "bytes": 90_000, "kept": "whole",
    }  # fmt: skip
    return {"object": "list", "data": [trace], "has_more": False, "last_id": trace["id"]}


def whole(nodes: int) -> dict[str, Any]:
    """Return the trace itself."""
    report = {
        "strategy": {"kind": "beam_search", "n": WIDE, "width": KEPT}, "score": 0.93,
        "scorer": "prm", "stop": "finished", "exhausted": None, "budget": {"tokens": 64_000},
        "spent": {"seconds": 12.5, "generator": SPENT, "verifier": SPENT},
        "degradations": ["the budget allowed 3 of 4 samples"], "tree": tree(nodes),
    }  # fmt: skip
    message = {"role": "assistant", "content": "42"}
    usage = {"completion_tokens": 24_000, "completion_tokens_details": {"reasoning_tokens": 23_500}}
    answer = {"choices": [{"index": 0, "message": message}], "usage": usage}
    return listed()["data"][0] | {"request": {}, "search": report, "answer": answer}
