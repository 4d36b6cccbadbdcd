import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.settings import Settings
from engines.base import Request
from engines.errors import EngineUnavailable
from search.strategies import KINDS
from tests.app.cli_world import dataset, fathom, opener

WRONG = {
    "an unknown kind": ("ask", "x", "--strategy", "magic"),
    "an n too large": ("ask", "x", "--strategy", "best_of_n", "--n", "1000"),
    "an n for a strategy without one": ("ask", "x", "--strategy", "revisions", "--n", "4"),
    "an n without a strategy": ("ask", "x", "--n", "4"),
    "a strategy that is not JSON": ("ask", "x", "--strategy", "{kind"),
    "an unknown parameter": ("ask", "x", "--strategy", '{"kind": "majority", "m": 4}'),
    "numbers that do not go together": ("ask", "x", "--strategy", "beam_search", "--n", "7"),
    "a search that is a list": ("ask", "x", "--search", "[]"),
    "a budget of nothing": ("ask", "x", "--seconds", "0"),
    "a negative budget": ("ask", "x", "--tokens", "-4"),
    "an empty question": ("ask", "  "),
    "an engine at no address": ("ask", "x", "--engine-url", ""),
    "too hot": ("ask", "x", "--temperature", "3"),
    "solutions that are not JSON": ("score", "-"),
    "a prompt without a place": ("eval", "f", "--strategy", "majority", "--prompt", "Think."),
    "an address without a scheme": ("healthcheck", "--url", "file:///etc/passwd"),
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FATHOM_")]:
        monkeypatch.delenv(name)


def test_asking_prints_the_answer_and_then_what_it_cost() -> None:
    result = fathom("ask", "2 + 2?", "--strategy", "best_of_n", "--n", "4")
    assert result.exit_code == 0
    assert result.stdout.startswith("b b\n\nAnswer: 4\n\nmodel     fake\n")
    assert (
        "strategy  best_of_n, 4 solutions, the answer scored 1.000 by shares_of_b" in result.stdout
    )
    assert "tokens    16 (16 drawn, 0 by verifiers), 2 calls" in result.stdout
    assert "stop      finished" in result.stdout


def test_asking_names_a_model_or_an_alias_of_it() -> None:
    asked = fathom("ask", "2 + 2?", "--model", "fathom:majority", "--json")
    assert json.loads(asked.stdout)["strategy"]["kind"] == "majority"
    unknown = fathom("ask", "2 + 2?", "--model", "gpt-5")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (1, 1)
    assert "the model 'gpt-5' does not exist" in unknown.stderr


def test_asking_for_json_prints_one_object_and_nothing_else() -> None:
    result = fathom("ask", "2 + 2?", "--strategy", "best_of_n", "--n", "4", "--seed", "7", "--json")
    answer = json.loads(result.stdout)
    assert (answer["text"], answer["answer"], answer["score"]) == ("b b\n\nAnswer: 4", "4", 1.0)
    assert answer["strategy"] == {"kind": "best_of_n", "n": 4}
    assert answer["usage"]["generator"]["completion_tokens"] == 16
    assert (answer["stop"], answer["seed"], answer["degradations"]) == ("finished", 7, [])
    assert result.stderr == ""


def test_a_dash_reads_the_question_from_standard_input() -> None:
    result = fathom("ask", "-", "--json", typed="What is it?")
    assert json.loads(result.stdout)["question"] == "What is it?"


def test_without_a_strategy_the_settings_decide() -> None:
    answer = json.loads(fathom("ask", "x", "--json").stdout)
    default = Settings().default
    assert answer["strategy"] == default.strategy.model_dump()
    assert answer["budget"]["tokens"] == default.budget.tokens


def test_flags_count_for_more_than_the_search_object() -> None:
    search = '{"strategy": "majority", "budget": {"tokens": 90, "calls": 7}}'
    answer = json.loads(fathom("ask", "x", "--search", search, "--tokens", "40", "--json").stdout)
    assert answer["strategy"]["kind"] == "majority"
    assert answer["budget"] == {"tokens": 40, "calls": 7}


def test_a_budget_that_runs_out_is_said_to_have_done_so() -> None:
    result = fathom("ask", "x", "--strategy", "best_of_n", "--n", "4", "--tokens", "3")
    assert result.exit_code == 0
    assert "stop      budget of tokens" in result.stdout
    assert "degraded  the budget allowed 1 of 4 samples" in result.stdout


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_a_flag_that_makes_no_sense_is_one_sentence_and_code_2(words: tuple[str, ...]) -> None:
    result = fathom(*words, typed="{solutions\n")
    assert (result.exit_code, result.stdout) == (2, "")
    error = result.stderr.strip().splitlines()[-1]
    assert re.fullmatch(r"Error: Invalid value( for \S+)?: .+", error)
    assert "Traceback" not in result.stderr


def test_an_unknown_strategy_is_answered_with_those_there_are() -> None:
    result = fathom("ask", "x", "--strategy", "magic")
    assert all(kind in result.stderr for kind in KINDS)


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "x"),
        ("eval", "absent.jsonl", "--strategy", "majority"),
        ("ask", "x", "--scorer", "?"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_code_1(words: tuple[str, ...]) -> None:
    def dies(request: Request, i: int) -> str:
        raise EngineUnavailable("the server is gone")

    result = fathom(*words, opens=opener(dies))
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(r"Error: .+\n", result.stderr)


def test_flags_and_files_set_what_is_opened(tmp_path: Path) -> None:
    opened: list[Settings] = []
    (tmp_path / "fathom.yaml").write_text("max_answer_tokens: 5\n")
    url = "http://localhost:9999"
    fathom("ask", "x", "--engine-url", url, "--config", "fathom.yaml", opens=opener(opened=opened))
    [settings] = opened
    assert (settings.engine.kind, str(settings.engine.url).rstrip("/")) == ("vllm", url)
    assert settings.max_answer_tokens == 5


def test_strategies_lists_every_one_with_its_parameters() -> None:
    shown, cards = fathom("strategies").stdout, json.loads(fathom("strategies", "--json").stdout)
    assert [card["kind"] for card in cards] == list(KINDS)
    assert all(f"{kind}  {cls.__doc__.splitlines()[0]}" in shown for kind, cls in KINDS.items())
    assert "    n = 8, >= 1, <= 256  # solutions drawn" in shown
    assert "source  arXiv:2408.03314" in shown


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"fathom \d+\.\d+\.\d+\n", fathom("--version").stdout)


def test_evaluating_says_how_many_are_right_how_sure_that_is_and_how_to_repeat_it(
    tmp_path: Path,
) -> None:
    result = fathom("eval", str(dataset(tmp_path)), "--strategy", "best_of_n", "--n", "2")
    assert result.stdout.startswith("3 of 6 right, 50.0 % [18.8, 81.2]\nerrors    0")
    assert "pass@k    1: 25.0 %, 2: 50.0 %" in result.stdout
    assert "tokens    48 drawn, 8.0 a question; 0 by verifiers; 12 calls" in result.stdout
    assert "model     fake, seed 0, 0 of 6 recorded before" in result.stdout
    assert '--strategy \'{"kind":"best_of_n","n":2}\' --seed 0' in result.stdout


def test_the_command_it_prints_resumes_the_run_from_the_same_file(tmp_path: Path) -> None:
    words = ("eval", str(dataset(tmp_path)), "--strategy", "best_of_n", "--limit", "4", "--json")
    first = json.loads(fathom(*words).stdout)
    second = json.loads(fathom(*shlex.split(first["command"])[1:], "--json").stdout)
    assert first["file"].startswith(".cache/fathom/eval/sums-best_of_n-")
    assert (first["n"], first["resumed"], second["resumed"]) == (4, 0, 4)
    timing = ("seconds", "resumed")
    assert {k: v for k, v in first.items() if k not in timing} == {
        k: v for k, v in second.items() if k not in timing
    }


def test_a_larger_sample_asks_only_what_a_smaller_one_did_not(tmp_path: Path) -> None:
    words = ("eval", str(dataset(tmp_path)), "--strategy", "majority", "--json")
    fathom(*words, "--limit", "2")
    assert json.loads(fathom(*words, "--limit", "5").stdout)["resumed"] == 2


def test_errors_are_reported_and_tried_again(tmp_path: Path) -> None:
    def dies(request: Request, i: int) -> str:
        raise EngineUnavailable("the server is gone")

    words = ("eval", str(dataset(tmp_path)), "--strategy", "majority")
    assert (
        "errors    6, counted as not right; run again" in fathom(*words, opens=opener(dies)).stdout
    )
    assert "errors    0, counted as not right\n" in fathom(*words).stdout


SOLUTIONS = {"messages": [{"role": "user", "content": "2 + 2?"}], "solutions": ["b\n\na", "a"]}


def test_scoring_prints_a_line_for_each_line(tmp_path: Path) -> None:
    lines = [SOLUTIONS, SOLUTIONS | {"solutions": ["b"], "step_end": "\n"}]
    path = tmp_path / "solutions.jsonl"
    path.write_text("\n\n".join(map(json.dumps, lines)))
    result = fathom("score", str(path), "--scorer", "vote", "--scorer", "confidence")
    first, second = map(json.loads, result.stdout.splitlines())
    assert [d["rewards"] for d in first["data"]] == [[1, 0], [0]]
    assert [d["score"] for d in second["data"]] == [1]
    assert fathom("score", "-", typed=json.dumps(SOLUTIONS)).stdout.count("\n") == 1


def test_a_line_that_cannot_be_scored_is_named() -> None:
    lines = json.dumps(SOLUTIONS) + '\n{"solutions": ["x"], "messages": []}\n'
    assert "line 2: " in fathom("score", "-", typed=lines).stderr


def test_nothing_is_coloured_where_there_is_no_terminal(tmp_path: Path) -> None:
    asked = fathom("ask", "x")
    evaluated = fathom("eval", str(dataset(tmp_path)), "--strategy", "majority")
    wrong = fathom("ask", "x", "--tokens", "none")
    assert "\x1b" not in "".join(r.stdout + r.stderr for r in (asked, evaluated, wrong))


class _Health(BaseHTTPRequestHandler):
    """Answers `/health`, and nothing below `/broken`."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_service_that_answers_is_healthy(url: str) -> None:
    assert fathom("healthcheck", "--url", url).exit_code == 0


def test_a_service_that_does_not_answer_well_or_at_all_is_not(url: str) -> None:
    assert fathom("healthcheck", "--url", f"{url}/broken").exit_code == 1
    assert fathom("healthcheck", "--url", "http://127.0.0.1:1").exit_code == 1


def test_ctrl_c_keeps_what_was_answered_closes_the_service_and_is_code_130(tmp_path: Path) -> None:
    words = ("eval", str(dataset(tmp_path)), "--strategy", "majority", "--concurrency", "1")
    command = [sys.executable, "-m", "tests.app.hanging", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "hangs\n"
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "closed\n")
    assert complained.splitlines()[-1].startswith("interrupted; what was answered is kept")
    assert "2 of 6 recorded before" in fathom(*words).stdout


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def test_a_search_that_was_asked_for_is_replayed_from_its_file(tmp_path: Path) -> None:
    path = str(tmp_path / "out.json")
    asked = fathom("ask", "6 * 7?", "--strategy", "beam_search", "--trace", path, "--json")
    again = fathom("replay", path, "--json")
    first, second = json.loads(asked.stdout), json.loads(again.stdout)
    assert first | {"seconds": 0} == second | {"seconds": 0}


def test_a_replay_that_comes_to_something_else_says_what(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    fathom("ask", "6 * 7?", "--trace", str(path))
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"result": told["result"] | {"text": "41", "score": 0}}))
    again = fathom("replay", str(path))
    assert again.exit_code == 1
    assert "came to another text, score" in again.stderr
