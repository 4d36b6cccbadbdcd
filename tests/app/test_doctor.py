"""`fathom doctor`: what works, what does not, and what to do."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import FATHOM

NOBODY = "http://127.0.0.1:9"
"""The port of a service that discards what it is sent, and that nobody runs any more."""


@pytest.fixture(autouse=True)
def _with_no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FATHOM_")]:
        monkeypatch.delenv(name)


def doctor(*words: str) -> subprocess.CompletedProcess[str]:
    """Run it as a process of its own: it sets up the log, which is the whole process's."""
    return subprocess.run(
        [FATHOM, "doctor", *words], capture_output=True, check=False, text=True, timeout=60
    )


def found(*words: str) -> dict[str, Any]:
    result = doctor(*words, "--json")
    told = json.loads(result.stdout)
    assert told["ok"] == (result.returncode == 0)
    return {finding["what"]: finding for finding in told["findings"]}


def written(folder: Path, text: str) -> str:
    path = folder / "fathom.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.embedded
def test_what_comes_along_is_in_good_health() -> None:
    told = doctor()
    assert told.returncode == 0
    assert "FAIL" not in told.stdout
    for what in ("engine", "scorers.verifier", "policy", "models.lab-reasoner.scorers.prm"):
        assert f"ok    {what} " in told.stdout
    assert "a program ran in" in told.stdout


def test_a_server_that_is_not_there_is_said_and_the_rest_is_tried(tmp_path: Path) -> None:
    text = f"engine: {{kind: vllm, url: '{NOBODY}'}}\noutcomes: {tmp_path}/none/outcomes.db\n"
    findings = found("--config", written(tmp_path, text))
    assert "cannot be connected to" in findings["engine"]["said"]
    assert findings["engine"]["remedy"] == "start the server, or mend its `url` and `api_key`"
    assert "not tried" in findings["scorers"]["said"]
    assert "unable to open" in findings["outcomes"]["said"]
    assert findings["sandbox"]["ok"]


@pytest.mark.embedded
def test_a_scorer_that_fails_takes_only_those_along_that_ask_it(tmp_path: Path) -> None:
    text = (
        f"scorers: {{far: {{kind: prm_pooling, url: '{NOBODY}'}}, near: {{kind: vote}},\n"
        "  both: {kind: ensemble, members: [far, near]}}\n"
        "scorer: [near]\nmodels: {}\nsandbox: {kind: none}\n"
    )
    findings = found("--config", written(tmp_path, text))
    assert "connected" in findings["scorers.far"]["said"]
    assert findings["scorers.both"]["said"] == "not tried: it asks far"
    assert findings["scorers.near"]["ok"]
    assert findings["sandbox"]["said"] == "none: no programs are run"


@pytest.mark.embedded
def test_a_policy_of_another_model_is_found(tmp_path: Path) -> None:
    policy = Path("weights") / "lab-reasoner.policy.yaml"
    text = f"policy: {policy.absolute()}\nmodels: {{}}\nsandbox: {{kind: none}}\n"
    findings = found("--config", written(tmp_path, text))
    assert "is a policy of the model lab-reasoner" in findings["policy"]["said"]
    assert "fathom calibrate" in findings["policy"]["remedy"]


def test_a_variable_that_is_no_settings_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FATHOM_PROT", "1")
    text = f"engine: {{kind: vllm, url: '{NOBODY}'}}\nsandbox: {{kind: none}}\n"
    findings = found("--config", written(tmp_path, text))
    assert "did you mean `FATHOM_PORT`?" in findings["environment"]["said"]


def test_settings_that_cannot_be_read_end_it(tmp_path: Path) -> None:
    told = doctor("--config", written(tmp_path, "portt: 1"))
    assert told.returncode == 2
    assert "did you mean `port`?" in told.stderr
