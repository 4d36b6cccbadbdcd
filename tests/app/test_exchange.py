"""`fathom exchange`, from the files of runs to a table, an object and a picture."""

import json
from pathlib import Path

import pytest

from tests.app.cli_world import dataset, fathom
from tests.evaluation.matched.world import trio

WORDS = ("--small", "one.jsonl", "--small", "best-of-16.jsonl", "--large", "large.jsonl")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    trio(Path())
    return tmp_path


def test_a_table_says_who_wins_in_each_bin() -> None:
    done = fathom("exchange", *WORDS, "--parameters-ratio", "14", "--bins", "2")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "large      big, 14 x the parameters; an answer takes 12 tokens"
    assert lines[2] == 'small      little, {"kind": "best_of_n"}, 16 x, 50.0 % right'
    rows = [line.split() for line in lines if line.strip().startswith(("1 ", "2 ", "all "))]
    assert [(r[0], r[2], r[3], r[-1]) for r in rows[:4]] == [
        ("1", "0.16", "257.75*", "test-time"), ("1", "0.79", "63.37*", "test-time"),
        ("1", "22", "15.77", "test-time"), ("2", "0.16", "257.75*", "pre-training"),
    ]  # fmt: skip
    assert lines[-1].startswith("* more than any run has spent")


def test_one_object_has_all_of_it() -> None:
    words = ("--small-parameters", "1e6", "--large-parameters", "14e6", "--ratio", "22")
    told = json.loads(fathom("exchange", *WORDS, *words, "--bins", "2", "--json").stdout)
    assert (told["parameters_ratio"], told["unit"], told["left_out"]) == (14, "tokens", {})
    assert told["large"]["setup"]["model"] == "big"
    assert [group["bin"] for group in told["groups"]] == [1, 2, None]
    [only] = told["groups"][1]["exchanges"]
    assert (only["winner"], only["capped"], only["difference"]["value"]) == (
        "pre-training", False, -1,
    )  # fmt: skip


def test_a_picture_is_drawn_and_the_same_files_make_the_same_one() -> None:
    for name in ("a.png", "b.png"):
        words = ("--parameters-ratio", "14", "--bins", "2", "--plot", name)
        assert fathom("exchange", *WORDS, *words).stdout.endswith(f"plot       {name}\n")
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


def test_runs_of_eval_are_compared_from_their_files(folder: Path) -> None:
    asked = ("eval", str(dataset(folder)), "--strategy")
    for name, words in (("s", ("sample",)), ("m", ("majority", "--n", "4")), ("l", ("sample",))):
        assert fathom(*asked, *words, "--out", f"{name}.jsonl").exit_code == 0
    runs = ("--small", "s.jsonl", "--small", "m.jsonl", "--large", "l.jsonl")
    done = fathom("exchange", *runs, "--parameters-ratio", "2", "--bins", "2")
    assert (done.exit_code, done.stderr) == (0, "")
    assert '{"kind": "majority", "n": 4}, 4 x, ' in done.stdout


REFUSED = {
    "no M": ((), "give either --parameters-ratio, or --small-parameters"),
    "two of them": (("--parameters-ratio", "2", "--small-parameters", "1"), "give either"),
    "M below 1": (("--parameters-ratio", "0.5"), "M is 0.5, and must be a number from 1 up"),
    "R of 0": (("--parameters-ratio", "2", "--ratio", "0"), "R is 0, and must be a number above 0"),
    "a larger small one": (
        ("--small-parameters", "2", "--large-parameters", "1"),
        "M is 0.5",
    ),
    "no bins": (("--parameters-ratio", "2", "--bins", "0"), "--bins"),
}


@pytest.mark.parametrize(("words", "complaint"), REFUSED.values(), ids=REFUSED)
def test_a_flag_that_makes_no_sense_is_code_2(words, complaint: str) -> None:
    done = fathom("exchange", *WORDS, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert complaint in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--small", "none.jsonl"), "none.jsonl: cannot be read"),
        (("--small", "large.jsonl"), "large.jsonl: is a run of big, the first one is of little"),
        (("--bins", "41"), "40 questions were answered in every run, and at least 41 are needed"),
        (("--difficulty", "best-of-16.jsonl", "--plot", "no/a.png"), "no/a.png: cannot be written"),
    ],
)
def test_runs_that_cannot_be_compared_are_code_1(words, complaint: str) -> None:
    done = fathom("exchange", *WORDS, "--parameters-ratio", "14", *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert complaint in done.stderr
