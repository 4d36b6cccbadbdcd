"""How each kind of example is tried."""

import ast
import json
import re
import shutil
import sys
import urllib.request
from collections.abc import Callable
from typing import Any

from search.policy import read
from search.strategies import KINDS
from tests.readme.blocks import Example
from tests.readme.checks import STOPS, Wrong, among, completion, equal, plan, true
from tests.readme.world import FATHOM, ROOT, World

MAKE = {
    "serve": "uv run fathom serve",
    "test": "uv run pytest",
    "train-env": "bash training/environment.sh",
}
"""What the README says the make targets are."""

Trial = Callable[[Example, World], None]


def trial(example: Example) -> Trial:
    """Return how an example is tried.

    Raises:
        Wrong: nobody knows, so the README has an example that is not tested.
    """
    if example.language != "sh":
        return _of(_PROGRAMS, example.language)
    program, *rest = example.command
    ours = program in ("fathom", ".venv-train/bin/fathom")
    return _of(_FATHOM, rest[0]) if ours else _of(_COMMANDS, program)


def make(example: Example, world: World) -> None:
    """A target of the Makefile, whose recipe is what the README says."""
    target = example.words[1]
    recipe = re.findall(rf"^{target}:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    equal([MAKE.get(target)], recipe)


def curl(example: Example, world: World) -> None:
    """A request by curl, or where there is none by what its flags say."""
    words = [world.here(word) for word in example.words]
    body = words[words.index("-d") + 1]
    if shutil.which("curl"):
        text, _, status = world.run([*words, "-w", "\n%{http_code}"]).rpartition("\n")
    else:
        url = next(word for word in words if word.startswith("http"))
        headers = dict([words[words.index("-H") + 1].split(": ")])
        asked = urllib.request.Request(url, body.encode(), headers)
        with urllib.request.urlopen(asked, timeout=60) as response:
            text, status = response.read().decode(), str(response.status)
    equal("200", status)
    planned = any(word.endswith("/v1/search/plan") for word in words)
    (plan if planned else completion)(json.loads(text), json.loads(body))


def python(example: Example, world: World) -> None:
    """A program that prints an answer, and last why the search stopped and what it spent."""
    said = world.run([sys.executable, "-c", world.here(example.text)]).rstrip()
    answer, _, last = said.rpartition("\n")
    stop, _, spent = last.partition(" ")
    true(answer.strip(), "an answer", said)
    among(stop, STOPS, f"one of {STOPS}")
    drawn = ast.literal_eval(spent)["generator"]["completion_tokens"]
    limit = int(re.findall(r'"tokens": (\d+)', example.text)[0])
    true(0 < drawn <= limit, f"1 to {limit} tokens", drawn)


def ask(example: Example, world: World) -> None:
    """A question at the command line."""
    said = world.run([FATHOM, *example.command[1:]])
    report = dict(line.split(maxsplit=1) for line in said.splitlines() if "  " in line.rstrip())
    limit = int(example.words[example.words.index("--tokens") + 1])
    drawn = int(report["tokens"].split()[0])
    true(0 < drawn <= limit, f"1 to {limit} tokens", said)
    among(report["stop"].split()[0], STOPS, f"one of {STOPS}")
    true("no answer" not in said, "an answer", said)


def replay(example: Example, world: World) -> None:
    """The search of the example before, again."""
    said = world.run([FATHOM, *example.command[1:]])
    true("stop " in said, "a report", said)


def export(example: Example, world: World) -> None:
    """Training data of the search before."""
    said = world.run([FATHOM, *example.command[1:]])
    true(re.match(r"\d+ rows of 1 searches", said), "'... rows of 1 searches'", said)


def strategies(example: Example, world: World) -> None:
    """The list of strategies."""
    said = world.run([FATHOM, *example.command[1:]])
    equal(list(KINDS), re.findall(r"^(\w+)  ", said, re.MULTILINE))


def evaluate(example: Example, world: World) -> None:
    """An evaluation, of one question."""
    said = world.run([FATHOM, *example.command[1:]])
    first, *lines = said.splitlines()
    true(re.match(r"[01] of 1 right, ", first), "'... of 1 right'", said)
    true(any(re.match(r"errors +0,", line) for line in lines), "no errors", said)


def curve(example: Example, world: World) -> None:
    """What solutions of the run before come to, from one of them on."""
    said = world.run([FATHOM, *example.command[1:]])
    true(re.search(r"^ *1 +\d+\.\d ", said, re.MULTILINE), "a row of one solution", said)


def compare(example: Example, world: World) -> None:
    """The two runs before, over the same question; or two models, of whom a judge is asked."""
    said = json.loads(world.run([FATHOM, *example.command[1:], "--json"]))
    if "--prompts" not in example.words:
        equal(1, said["n"])
        return
    told = sum(said[name] for name in ("wins", "ties", "losses", "unreadable", "failed"))
    equal(int(example.words[example.words.index("--limit") + 1]), told)


def ifd(example: Example, world: World) -> None:
    """Pairs with what they are worth."""
    said = json.loads(world.run([FATHOM, *example.command[1:], "--json"]))
    true(all(sample["ifd"] > 0 for sample in said["samples"]), "a score of each pair", said)


def recycle(example: Example, world: World) -> None:
    """Pairs, or a search, recycled: whatever is kept, there is a word on each."""
    said = json.loads(world.run([FATHOM, *example.command[1:], "--json"]))
    out = world.folder / example.words[example.words.index("--out") + 1]
    rows = (out / "provenance.jsonl").read_text().splitlines()
    equal(1 if "--from-traces" in example.words else 2, len(rows))
    true(said, "a report", said)


def score(example: Example, world: World) -> None:
    """Solutions in a file, judged: a line for each line."""
    [said] = world.run([FATHOM, *example.command[1:]]).splitlines()
    scores = [result["score"] for result in json.loads(said)["data"]]
    true(len(scores) == 2 and all(0 <= s <= 1 for s in scores), "two scores", said)


def calibrate(example: Example, world: World) -> None:
    """A policy of a few problems, which can be read."""
    said = world.run([FATHOM, *example.command[1:]])
    true(re.search(r"^auto (reaches|does not reach) ", said, re.MULTILINE), "its worth", said)
    out = example.words[example.words.index("--out") + 1]
    true(read(world.folder / out).bins, "a policy with bins", said)


def calibrate_scorer(example: Example, world: World) -> None:
    """A curve fitted to what the judge says of labelled solutions."""
    said = world.run([FATHOM, *example.command[1:]])
    true("AUC within questions" in said, "a report", said)


def exchange(example: Example, world: World) -> None:
    """Two models compared, from files of runs."""
    said = world.run([FATHOM, *example.command[1:]])
    true(re.search(r"^ +all +40 .* (test-time|pre-training|neither)$", said, re.MULTILINE),
         "who wins", said)  # fmt: skip


def label(example: Example, world: World) -> None:
    """Two solutions, one of them right; or roll-outs, which are no dearer than allowed."""
    said = world.run([FATHOM, *example.command[1:]])
    if "rollouts" not in example.words:
        true(re.match(r"right +1\nwrong +1\n", said), "one right and one wrong", said)
        return
    limit = int(example.words[example.words.index("--tokens") + 1])
    found = re.match(r"\d+ solutions labelled, of 1 of 1 questions\n(?:.*\n)*tokens +(\d+) ", said)
    true(found and 0 < int(found[1]) <= limit, f"a question, and 1 to {limit} tokens", said)


def sandbox(example: Example, world: World) -> None:
    """The sandbox's self-test, which passes wherever this is tried."""
    said = world.run([FATHOM, *example.command[1:]])
    true("  ok    sockets are refused" in said and "FAIL" not in said, "all lines ok", said)


def flags(example: Example, world: World) -> None:
    """A command for machines or packages we do not have: its flags must exist."""
    name = " ".join(example.command[1 : 3 if example.command[1] == "train" else 2])
    known = set(re.findall(r"--[a-z-]+", world.run([FATHOM, *name.split(), "--help"])))
    for flag in (word for word in example.command if word.startswith("--")):
        among(flag, known, f"a flag of `fathom {name}`: {', '.join(sorted(known))}")


def parses(example: Example, world: World) -> None:
    """A piece of JSON."""
    found: Any = json.loads(example.text)
    true(isinstance(found, dict), "a JSON object", example.text)


_PROGRAMS: dict[str, Trial] = {"python": python, "json": parses}
_COMMANDS: dict[str, Trial] = {"make": make, "curl": curl}
_FATHOM: dict[str, Trial] = {
    "ask": ask,
    "replay": replay,
    "export": export,
    "strategies": strategies,
    "eval": evaluate,
    "curve": curve,
    "compare": compare,
    "score": score,
    "calibrate": calibrate,
    "calibrate-scorer": calibrate_scorer,
    "exchange": exchange,
    "ifd": ifd,
    "recycle": recycle,
    "label": label,
    "sandbox": sandbox,
    "serve": flags,
    "train": flags,
    "train-head": flags,
    "lab": flags,
}


def _of(trials: dict[str, Trial], name: str) -> Trial:
    if name not in trials:
        raise Wrong(f"one of {', '.join(trials)}, which can be tried", name)
    return trials[name]
