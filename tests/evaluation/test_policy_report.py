import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from matplotlib.image import imread

from evaluation.outcomes import Outcomes
from evaluation.policy_fit import About, fit
from evaluation.policy_report import write_report
from search.strategies import BeamSearch, BestOfN, Majority, OneSample
from tests.evaluation.test_policy_findings import SURE
from tests.evaluation.test_policy_fit import ABOUT, outcomes

EVIL = "\"><script src='http://evil.example/x.js'></script></title><!-- $\\frac{"
VOID = {"meta", "img"}


class Page(HTMLParser):
    """What a page is made of; fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.asked, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs) -> None:
        self.tags.append(tag)
        self.asked += [value for name, value in attrs if name in {"src", "href", "srcset"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def written(folder: Path, measured: Outcomes = SURE, about: About = ABOUT) -> Path:
    write_report(folder, measured, fit(measured, about), about)
    return folder


def test_the_numbers_are_for_programs_too(tmp_path: Path) -> None:
    plain = json.loads((written(tmp_path) / "report.json").read_text())
    assert (plain["model"], plain["estimator"], plain["oracle"]) == ("m", "score", None)
    assert plain["fitted_on"]["questions"] == 40
    assert plain["auto"][1]["tokens"] == 25
    assert plain["baseline"][-1]["gain"]["value"] == 0.02
    assert plain["baseline"][-1]["option"]["strategy"] == {"kind": "best_of_n", "n": 64}
    chosen = plain["bins"][1]["cells"][1]["chosen"]
    assert chosen["strategy"]["kind"] == "beam_search"
    assert chosen["accuracy"] == {"value": 0.4, "low": 0.4, "high": 0.4}


def test_the_page_is_whole_and_asks_for_nothing_from_elsewhere(tmp_path: Path) -> None:
    html = (written(tmp_path) / "report.html").read_text()
    shown = Page(html)
    (picture,) = shown.asked
    assert picture.startswith("data:image/png;base64,")
    assert "default-src 'none'" in html.replace("&#x27;", "'")
    assert not any(word in html for word in ("http://", "https://", "@import", "url("))


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    text = Page((written(tmp_path) / "report.html").read_text()).text
    for said in (
        "auto reaches best-of-64's accuracy with 28.9 x less compute",
        "For the compute of best-of-64, 640 tokens a question, auto's accuracy is 65.0 %",
        "beam_search n=4",
        "+30.0 points [30.0, 30.0]",
        "best-of-4 20.0 % [20.0, 20.0] for 40",
        "Ease is estimated by score.",
        "2026-01-02",
    ):
        assert said in text


def test_the_picture_is_told_in_words(tmp_path: Path) -> None:
    html = (written(tmp_path) / "report.html").read_text()
    assert 'alt="Accuracy over tokens a question. auto goes from 50.0 % [' in html


def test_hostile_names_are_text(tmp_path: Path) -> None:
    hostile = replace(ABOUT, model=EVIL, command=f"fit --model {EVIL}")
    shown = Page((written(tmp_path, about=hostile) / "report.html").read_text())
    assert "script" not in shown.tags
    assert shown.text.count(EVIL) == 4
    assert len(shown.asked) == 1


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    picture = written(tmp_path) / "report.png"
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert imread(picture).shape[1] == 1440


def test_the_same_outcomes_make_the_same_files(tmp_path: Path) -> None:
    one, two = (written(tmp_path / name) for name in ("one", "two/deeper"))
    for name in ("report.json", "report.png", "report.html"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def odd() -> Outcomes:
    """One bin; a family has a name that looks like a formula."""
    strange = BeamSearch(n=4, step_end="$\\frac{\n")
    chosen = (OneSample(n=1), BestOfN(n=4), BeamSearch(n=4), strange, Majority(n=4))
    return replace(outcomes(4), strategies=chosen, baseline=(0, 1), ease=np.full(8, 0.5),
                   tokens=np.full((8, 5), 7.0), oracle_ease=np.full(8, 0.5))  # fmt: skip


def test_strategies_in_one_bin_can_be_drawn_whatever_their_names(tmp_path: Path) -> None:
    folder = written(tmp_path, odd())
    assert imread(folder / "report.png").shape[1] == 1440
    text = Page((folder / "report.html").read_text()).text
    assert 'beam_search n=4 step_end="$\\\\frac{\\n"' in text
    assert "knew the oracle's bins" in text
