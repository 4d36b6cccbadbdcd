"""`fathom serve`: what it starts, and how it says that it cannot."""

import json
import shlex
import socket
from typing import Any

import pytest
from typer.testing import CliRunner

import app.commands.serve
from app.cli import create_cli
from app.commands.serve import announce
from app.listening import CannotListen, address_of, listen
from tests.app.client import a_service

RUN = CliRunner()
VLLM = "python -m vllm.entrypoints.openai.api_server"


def serve(*arguments: str) -> Any:
    return RUN.invoke(create_cli(), ["serve", *arguments])


def test_a_dry_run_prints_the_commands_with_what_is_passed_through() -> None:
    told = serve("--model", "m", "--prm", "p", "--prm-args", "--dtype float32", "--dry-run",
                 "--vllm-command", VLLM)  # fmt: skip
    generator, prm = map(shlex.split, told.stdout.splitlines())
    assert generator[:5] == [*shlex.split(VLLM), "--model", "m"]
    assert {"127.0.0.1", "--enable-prompt-tokens-details"} <= set(generator)
    compact = json.loads(generator[generator.index("--structured-outputs-config") + 1])
    assert compact == {"backend": "xgrammar", "disable_any_whitespace": True}
    assert prm[-4:] == ["--runner", "pooling", "--dtype", "float32"]
    assert generator[generator.index("--port") + 1] != prm[prm.index("--port") + 1]


def test_vllm_serve_is_given_the_model_first() -> None:
    told = serve("--model", "m", "--dry-run", "--vllm-command", "/opt/vllm serve")
    assert told.stdout.startswith("/opt/vllm serve m --host 127.0.0.1")


def test_a_missing_vllm_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    told = serve("--model", "m")
    assert (told.exit_code, len(told.stderr.splitlines())) == (1, 1)
    assert "install the `vllm` extra" in told.stderr


def test_an_address_that_is_taken_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    # The log is the process's, which here is that of all tests.
    monkeypatch.setattr(app.commands.serve, "configure_logs", lambda: None)
    with listen("127.0.0.1", 0) as taken:
        told = serve("--port", str(taken.getsockname()[1]))
    assert told.exit_code == 1
    assert "Error: cannot listen at 127.0.0.1" in told.stderr


def test_settings_that_are_wrong_are_one_sentence() -> None:
    told = serve("--port", "70000")
    assert told.exit_code == 2
    assert "port" in told.stderr


def test_a_port_that_is_not_ours_is_refused() -> None:
    with pytest.raises(CannotListen, match="port 0"):
        listen("203.0.113.1", 0)


def test_answers_are_not_held_back_for_an_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://localhost:80"),
        ("0.0.0.0", "http://localhost:80"),
        ("10.1.2.3", "http://10.1.2.3:80"),
        ("fe80::1", "http://[fe80::1]:80"),
    ],
)
def test_the_address_said_is_one_that_can_be_reached(host: str, address: str) -> None:
    assert address_of(host, 80) == address


def test_what_was_started_is_said_with_a_curl_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    announce("http://localhost:8000", a_service())
    said = capsys.readouterr().out
    for fact in ("fake", "shares_of_b", "http://localhost:8000/v1", "page", "curl -s "):
        assert fact in said
