"""The head of a laboratory's verifier as a file, for the scorer `hidden_states`."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from evaluation.lab.tokens import BOS
from training.tuning.report import RECORD

DOMAIN = r"[0-9+*()-]+=\?"
"""The questions it was trained for; of others it abstains."""

_QUESTION, _STEPS = "(7+5)*3=?", ("12*3", "36", "Answer: 36")


def write_head(folder: Path, file: Path) -> None:
    """Write the head of the verifier in `folder`: one logit, that of right less that of wrong."""
    weights = load_file(folder / "model.safetensors")
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    weight, bias = weights["score.weight"].float(), weights["score.bias"].float()
    head: dict[str, Any] = {
        "kind": "linear",
        "layers": [
            {"weights": [(weight[1] - weight[0]).tolist()], "bias": [(bias[1] - bias[0]).item()]}
        ],
        "layout": {
            "separator": "\n",
            "prefix": f"{BOS}{{question}}\n",
            "split": "\n",
            "apart": True,
        },
        "aggregation": "product",
        "domain": DOMAIN,
        "known": {"question": _QUESTION, "steps": _STEPS},
        "provenance": _provenance(record),
    }
    file.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")


def _provenance(record: dict[str, Any]) -> dict[str, Any]:
    measures = record["measures"] or {}
    product = measures.get("within_question", {}).get("product") or {}
    counts = record["counts"]
    return {
        "command": "fathom lab build --install",
        "data": f"{counts['trained']} solutions of {counts['questions']} expressions, every line "
        "checked exactly",
        "auc": product.get("auc"),
        "base": "the laboratory's reasoner, taught for longer, and made to see how little it "
        "expected each token",
    }
