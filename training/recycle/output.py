"""The files that a run ends with: data to train on, where each sample came from, and a report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from math import isnan
from pathlib import Path

from pydantic import JsonValue

from training.recycle.path import Outcome, Want, Written, follow
from training.recycle.records import Failed, Records
from training.recycle.report import Report, Subset, Tally
from training.recycle.said import markdown
from training.recycle.samples import Data, Sample
from training.recycle.selection import top
from training.writing import OutputRefused, whole


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a run's files are."""

    path: Path

    @property
    def journal(self) -> Path:
        """What it goes on from."""
        return self.path / "journal.jsonl"

    @property
    def recycled(self) -> Path:
        """The pairs that are kept, in the form they had."""
        return self.path / "recycled.jsonl"

    @property
    def provenance(self) -> Path:
        """A line for each sample."""
        return self.path / "provenance.jsonl"

    @property
    def report(self) -> Path:
        """The report, as JSON; beside it as Markdown."""
        return self.path / "report.json"

    def subset(self, percent: float) -> Path:
        """Return the file of the hardest of those that are kept."""
        return self.path / f"recycled.top{percent:g}.jsonl"

    def refuse_others(self) -> None:
        """Refuse a folder with data that are no run's.

        Raises:
            OutputRefused: it holds some.
        """
        if self.recycled.exists() and not self.journal.exists():
            raise OutputRefused(
                self.recycled, "is of no run, as there is no journal beside it; name another folder"
            )


def write(
    folder: Folder,
    data: Data,
    records: Records,
    setup: Mapping[str, JsonValue],
    tops: Sequence[float] = (),
) -> Report:
    """Write all files, each as a whole or not at all, and return the report.

    Samples are read again one by one; of each some numbers are held.

    Raises:
        OutputRefused: one cannot be written.
    """
    tally = Tally()
    with whole(folder.recycled) as keep, whole(folder.provenance) as tell:
        for sample in data.read():
            came = became(sample, records)
            tally.add(came)
            tell(_line(_provenance(sample, came)))
            if isinstance(came, Outcome) and (kept := came.kept):
                keep(_line(kept.pair.row))
    ifds = [new.ifd for _, new in tally.pairs]
    subsets = [_subset(folder, ifds, percent) for percent in tops if ifds]
    report = tally.report(setup, subsets, records.teacher, records.student)
    _whole(folder.report, json.dumps(report.plain, indent=1, ensure_ascii=False) + "\n")
    _whole(folder.report.with_suffix(".md"), markdown(report))
    return report


def became(sample: Sample, records: Records) -> Outcome | Failed:
    """Return what became of a sample, by what is recorded."""
    now = follow(sample, partial(records.done, sample.id))
    if not isinstance(now, Want):
        return now
    failed = records.get(sample.id, now.step)
    return failed if isinstance(failed, Failed) else Failed(sample.id, now.step, "not done")


def _subset(folder: Folder, ifds: Sequence[float], percent: float) -> Subset:
    """Write the hardest of what is kept, by their places in the file."""
    places, path = top(ifds, percent), folder.subset(percent)
    chosen = set(places)
    with folder.recycled.open(encoding="utf-8") as lines, whole(path) as keep:
        for line in compress(lines, (place in chosen for place in range(len(ifds)))):
            keep(line)
    return Subset(percent, len(places), min(ifds[place] for place in places), path.name)


def _provenance(sample: Sample, came: Outcome | Failed) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {"id": sample.id}
    if isinstance(came, Failed):
        return told | {"kept": False, "failed": came.error, "at": came.step}
    return told | {
        "kept": came.choice.kept,
        "branch": came.choice.branch,
        "dropped": came.choice.dropped,
        "reflections": dict(came.came.items()),
        "versions": {name: _version(written) for name, written in came.versions.items()},
    }


def _version(written: Written) -> dict[str, JsonValue]:
    scored = written.scored
    return {
        "instruction": written.pair.instruction,
        "response": written.pair.response,
        "ifd": _number(scored.ifd),
        "r_ifd": _number(scored.r_ifd),
        "instruction_tokens": scored.instruction_tokens,
        "response_tokens": scored.response_tokens,
        **({"why": list(scored.why)} if scored.why else {}),
        **({"cut": True} if scored.cut else {}),
    }


def _number(number: float) -> float | None:
    return None if isnan(number) else number


def _line(row: Mapping[str, JsonValue]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _whole(path: Path, text: str) -> None:
    with whole(path) as write_:
        write_(text)
