"""Runs that were never made: files of records with the answers and the costs a test wants."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from engines.usage import Usage
from evaluation.fingerprint import Setup
from evaluation.records import LINE, Answered, Failed, Record, Records
from evaluation.runfile import RunFile, read


def answered(id_: str, right: float, tokens: int = 10, solutions: int = 1) -> Answered:
    """Have `right` of the solutions right; the chosen one is if half of them are."""
    count = round(right * solutions)
    usage, none = Usage(completion_tokens=tokens, flops=tokens * 4.0), Usage()
    return Answered(id_, f"{id_}?", "1", "1", right >= 0.5, "1", solutions, count,
                    "finished", 0.1, usage, none)  # fmt: skip


def failed(id_: str) -> Failed:
    return Failed(id_, f"{id_}?", "1", "EngineUnavailable: gone", 0.1, Usage(), Usage())


def written(
    path: Path, records: Sequence[Record], strategy: str = "sample", model: str = "little"
) -> RunFile:
    told: Mapping[str, JsonValue] = {"kind": strategy}
    setup = Setup(told, {}, {"max_tokens": 50, "temperature": 0.8}, model, (), 0)
    with Records(setup, LINE, path) as file:
        for record in records:
            file.add(record)
    return read(path)


def drawn(
    path: Path, rights: Sequence[float], tokens: int, strategy: str, *, solutions: int = 1,
    model: str = "little",
) -> RunFile:  # fmt: skip
    """Write a run over questions q0, q1 and so on, all of which cost the same."""
    records = [answered(f"q{i}", right, tokens, solutions) for i, right in enumerate(rights)]
    return written(path, records, strategy, model)


def trio(folder: Path, n: int = 20) -> tuple[RunFile, RunFile, RunFile]:
    """Write three runs of 2 n questions: the small model's of 1 and 16 answers, the large one's.

    The first n are easy: searching gets all of them right, the large model none. The others only
    the large model gets right.
    """
    easy, hard = [1.0] * n, [0.0] * n
    one = drawn(folder / "one.jsonl", hard + hard, 10, "sample")
    best = drawn(folder / "best-of-16.jsonl", easy + hard, 160, "best_of_n", solutions=16)
    large = drawn(folder / "large.jsonl", hard + easy, 12, "sample", model="big")
    return one, best, large
