"""`fathom ifd` on a service without a model."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import pytest

from app.service import Service
from app.settings import Settings
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.cli_world import fathom
from tests.search.world import LastWord, a_or_b

PAIRS = [
    {"instruction": "Say: it is blue today", "input": "", "output": "it is blue today"},
    {"instruction": "Say what you like", "output": "it is blue today"},
    {"messages": [{"role": "user", "content": "Are you there?"},
                  {"role": "assistant", "content": "yes"}]},
    {"conversations": [{"from": "human", "value": "Go on"}, {"from": "gpt", "value": ""}]},
]  # fmt: skip


def repeated(ids: Sequence[int]) -> float:
    """Words that the text has already are likely, all others as unlikely as each other."""
    return log(0.9) if ids[-1] in ids[:-1] else log(0.01)


def opens(engine: FakeEngine, **further: FakeEngine):
    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        engines = {name: further[name] for name in settings.engines}
        yield Service(settings, engine, LastWord(), {}, engines=dict(engines))

    return open_service


def pairs(folder: Path, rows: Sequence[dict[str, Any]] = PAIRS) -> str:
    file = folder / "pairs.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(file)


def ifd(*words: str, engine: FakeEngine | None = None, **further: FakeEngine):
    reading = engine or FakeEngine(a_or_b, reading=repeated)
    return fathom("ifd", *words, opens=opens(reading, **further))


def told(*words: str, engine: FakeEngine | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ifd("--json", *words, engine=engine).stdout)
    return found


def test_every_pair_has_its_scores_or_why_it_has_none(tmp_path: Path) -> None:
    samples = told(pairs(tmp_path))["samples"]
    assert [one["index"] for one in samples] == [0, 1, 2, 3]
    assert samples[0]["ifd"] < 1 == pytest.approx(samples[1]["ifd"])
    missing = [(one["ifd_missing"], one["r_ifd_missing"]) for one in samples[1:]]
    assert missing == [(None, None), ("response_of_one_token", None), ("response_empty",) * 2]
    assert samples[3]["ifd"] is samples[3]["losses"]["response"] is None


def test_the_totals_are_of_all_samples(tmp_path: Path) -> None:
    found = told(pairs(tmp_path))
    totals = found["totals"]
    assert (totals["samples"], totals["ifd"]["n"], totals["r_ifd"]["n"]) == (4, 2, 3)
    assert totals["missing"]["ifd"] == {"response_of_one_token": 1, "response_empty": 1}
    assert found["usage"]["prompt_tokens"] == sum(
        one["usage"]["prompt_tokens"] for one in found["samples"]
    )
    assert (found["model"], found["template"]) == ("fake", "chat")


def test_people_get_a_table_with_quantiles_and_what_is_missing(tmp_path: Path) -> None:
    out = ifd(pairs(tmp_path)).stdout
    assert "model      fake, template chat\nsamples    4, 1 with both scores below 1" in out
    rows = {line.split()[0]: line.split() for line in out.splitlines()}
    assert (rows["IFD"][1], rows["IFD"][-2:], rows["r-IFD"][1]) == ("2", ["1.000", "1"], "3")
    assert "missing    1 r-IFD: the response is empty" in out


def test_scores_of_a_long_file_are_written_line_by_line_and_gone_on_with(tmp_path: Path) -> None:
    file, out, engine = pairs(tmp_path), tmp_path / "s.jsonl", FakeEngine(a_or_b, reading=repeated)
    half = told(file, "--out", str(out), "--limit", "2", engine=engine)
    read = len(engine.read)
    whole = told(file, "--out", str(out), engine=engine)
    assert (half["resumed"], whole["resumed"], len(half["samples"])) == (0, 2, 2)
    assert len(engine.read) - read == 2
    assert whole["samples"] == told(file)["samples"]
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert lines[1:] == whole["samples"]


@pytest.mark.parametrize("flags", [["--template", "vicuna"], ["--max-tokens", "50"]])
def test_a_file_of_other_scores_is_not_gone_on_with(tmp_path: Path, flags: list[str]) -> None:
    file, out = pairs(tmp_path), str(tmp_path / "s.jsonl")
    ifd(file, "--out", out)
    refused = ifd(file, "--out", out, *flags)
    assert refused.exit_code == 1
    assert "holds another run" in refused.stderr


def test_a_line_that_is_no_score_is_not_gone_on_with(tmp_path: Path) -> None:
    file, out = pairs(tmp_path), tmp_path / "s.jsonl"
    ifd(file, "--out", str(out), "--limit", "1")
    out.write_text(out.read_text().splitlines()[0] + '\n{"index": 0}\n')
    refused = ifd(file, "--out", str(out))
    assert (refused.exit_code, "line 2 is not one" in refused.stderr) == (1, True)


def test_a_line_that_is_no_pair_is_said_before_anything_is_read(tmp_path: Path) -> None:
    engine = FakeEngine(a_or_b, reading=repeated)
    refused = ifd(pairs(tmp_path, [*PAIRS, {"text": "x"}]), engine=engine)
    assert (refused.exit_code, refused.stdout, engine.read) == (1, "", [])
    assert "line 5: has none of `instruction`" in refused.stderr


def test_a_file_without_pairs_is_refused(tmp_path: Path) -> None:
    refused = ifd(pairs(tmp_path, []))
    assert (refused.exit_code, "holds no pairs" in refused.stderr) == (2, True)


def test_an_engine_that_tells_no_log_probabilities_is_refused_by_name(tmp_path: Path) -> None:
    mute = FakeEngine(a_or_b)
    mute.capabilities = replace(mute.capabilities, prompt_logprobs=0)
    refused = ifd(pairs(tmp_path), engine=mute)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: the engine of fake tells no log-probabilities")


def test_an_engine_that_fails_ends_the_run_with_what_was_scored_kept(tmp_path: Path) -> None:
    def fails(ids: Sequence[int]) -> float:
        if engine.read[-1][0].startswith("ifd/2"):
            raise EngineUnavailable("it is down")
        return -1.0

    engine, out = FakeEngine(a_or_b, reading=fails), tmp_path / "s.jsonl"
    ended = ifd(pairs(tmp_path), "--out", str(out), "--concurrency", "1", engine=engine)
    assert (ended.exit_code, "it is down" in ended.stderr) == (1, True)
    kept = told(pairs(tmp_path), "--out", str(out))
    assert (kept["resumed"] > 0, len(kept["samples"])) == (True, 4)


def test_another_engine_of_the_configuration_is_the_student(tmp_path: Path) -> None:
    config = tmp_path / "fathom.yaml"
    config.write_text("engines: {base: {kind: vllm, url: http://localhost:1}}\n")
    flags = [pairs(tmp_path), "--config", str(config), "--student"]
    base, own = FakeEngine(a_or_b, reading=repeated), FakeEngine(a_or_b)
    assert ifd(*flags, "base", engine=own, base=base).exit_code == 0
    assert (len(base.read) > 0, own.read) == (True, [])
    refused = ifd(*flags, "other")
    assert (refused.exit_code, "there is no 'other'" in refused.stderr) == (2, True)
