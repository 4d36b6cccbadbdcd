"""The report of a calibration, in three files or four: for programs, for eyes, and for readers.

    report.json   all that was found
    report.png    accuracy over tokens
    report.html   both, in a file that can be sent to anyone
    pauses.png    accuracy over pauses, if they were measured; it is in the page, too

The same outcomes make the same files. Needs the `evaluate` extra.
"""

import json
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from evaluation.outcomes import Outcomes
from evaluation.policy_findings import Findings, findings
from evaluation.policy_fit import About, Fitted
from evaluation.policy_page import page
from evaluation.policy_pauses_picture import draw as draw_pauses
from evaluation.policy_picture import draw

JSON: Final = "report.json"
PICTURE: Final = "report.png"
PAGE: Final = "report.html"
PAUSES: Final = "pauses.png"

_FINDINGS = TypeAdapter(Findings)


def write_report(folder: Path, outcomes: Outcomes, fitted: Fitted, about: About) -> None:
    """Write the report of `fit(outcomes, about)` into a folder, over what is there.

    Raises:
        OSError: it cannot be written.
    """
    found = findings(outcomes, fitted, about)
    folder.mkdir(parents=True, exist_ok=True)
    plain = _FINDINGS.dump_python(found, mode="json")
    text = json.dumps(plain, indent=2, allow_nan=False, ensure_ascii=False)
    (folder / JSON).write_text(text + "\n", encoding="utf-8")
    draw(found, folder / PICTURE)
    pictures = [(folder / PICTURE).read_bytes()]
    if found.pausing:
        draw_pauses(found.pausing, folder / PAUSES)
        pictures.append((folder / PAUSES).read_bytes())
    (folder / PAGE).write_text(page(found, *pictures), encoding="utf-8")
