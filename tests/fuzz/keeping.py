"""What there is to be asked for: one of each that is kept, named in the document."""

from copy import deepcopy
from typing import Any

import httpx2

_ASK = {"model": "fathom", "messages": [{"role": "user", "content": "What is 6 * 7?"}]}
_KEPT = {"store": True, "search": {"keep": True}}


def kept(address: str, key: str) -> dict[str, str]:
    """Have one of each kept; return their ids by the names of routes' parameters."""
    with httpx2.Client(base_url=address, headers={"authorization": f"Bearer {key}"}) as client:

        def put(path: str, **how: Any) -> str:
            answer = client.post(path, timeout=60, **how)
            assert answer.status_code == 200, answer.text
            return str(answer.json()["id"])

        form = {"data": {"purpose": "batch"}, "files": {"file": ("b.jsonl", b"{}")}}
        file, completion = put("/v1/files", **form), put("/v1/chat/completions", json=_ASK | _KEPT)
        batch = {"input_file_id": file, "endpoint": "/v1/chat/completions"}
        return {
            "file": file,
            "completion": completion,
            "trace": completion,
            "batch": put("/v1/batches", json=batch | {"completion_window": "24h"}),
            "response_id": put(
                "/v1/responses", json={"model": "fathom", "input": "What is 2 * 3?"}
            ),
        }


def naming(document: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """Return the document with the ids of what is there, but for what deletes that."""
    known = deepcopy(document)
    operations = [(how, item[how]) for item in known["paths"].values() for how in item]
    for how, operation in operations:
        for parameter in operation.get("parameters", ()) if how != "delete" else ():
            if name := ids.get(parameter["name"]):
                parameter["schema"] = {"anyOf": [{"enum": [name]}, {"type": "string"}]}
    return known
