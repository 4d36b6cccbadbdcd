"""Rows of PRM800K, written by hand."""

import json
from pathlib import Path

from pydantic import JsonValue

from training.examples import Example
from training.label.prm800k import Imported, choose, import_rows

LABELER = "340d89bc-f5b7-45e9-b272-909ba68ee363"


def way(text: str, rating: int | None, *, flagged: bool | None = None) -> dict[str, JsonValue]:
    return {"text": text, "rating": rating, "flagged": flagged}


def step(*ways: JsonValue, chosen: int | None = 0, human: JsonValue = None) -> dict[str, JsonValue]:
    return {"completions": list(ways), "human_completion": human, "chosen_completion": chosen}


def row(*steps: JsonValue, finish: str = "solution", **fields: JsonValue) -> dict[str, JsonValue]:
    return {
        "labeler": LABELER,
        "timestamp": "2023-01-22T04:34:27.052924",
        "generation": 9,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {
            "problem": "2+2+2=?",
            "ground_truth_solution": "...",
            "ground_truth_answer": "6",
            "pre_generated_steps": None,
        },
        "label": {"steps": list(steps), "total_time": 278270, "finish_reason": finish},
    } | fields


def written(folder: Path, *rows: JsonValue) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path


def imported(path: Path, **options: object) -> tuple[list[Example], Imported]:
    """Import a file; return its examples, and what became of rows and labels."""
    counts = Imported()
    skip = bool(options.pop("skip_broken", False))
    wanted = choose(**options)  # type: ignore[arg-type]
    return list(import_rows(path, counts, wanted, skip_broken=skip)), counts


def labels(example: Example) -> tuple[tuple[str, ...], tuple[int | None, ...] | None]:
    return example.steps, example.ratings
