"""`fathom config`: settings checked, shown, and described."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner, Result

from app.cli import create_cli
from app.settings import Settings


@pytest.fixture(autouse=True)
def _with_no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FATHOM_")]:
        monkeypatch.delenv(name)


def fathom(*words: str) -> Result:
    return CliRunner().invoke(create_cli(), words)


def file(folder: Path, text: str) -> str:
    path = folder / "fathom.yaml"
    path.write_text(text)
    return str(path)


def test_settings_that_can_be_used_are_summed_up(tmp_path: Path) -> None:
    path = file(tmp_path, 'engine: {kind: vllm, url: "http://gpu:8000"}\n')
    told = fathom("config", "check", "--config", path)
    assert told.exit_code == 0
    assert f"settings  {path}, and the environment" in told.stdout
    assert "engine    vllm" in told.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("portt: 80", "`portt` is no setting; did you mean `port`?"),
        ("engine: {kind: vllm, urll: x}", "`engine.vllm.urll` is no setting; did you mean `url`?"),
        ("breaker: {failure: 3}", "did you mean `failures`?"),
        ("models: {a: {engin: default}}", "`models.a.engin` is no setting; did you mean `engine`?"),
        (
            "scorers: {a: {kind: prm_pooling, url: 'http://x', agregation: min}}",
            "did you mean `aggregation`?",
        ),
        ("default: {strategy: {kind: beam_search, widht: 3}}", "did you mean `width`?"),
        ("breaker: {zzz: 3}", "is no setting; there are failures, seconds"),
        ("port: many", "`port`"),
        ("port: [", "the file is no YAML"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_name_that_was_meant(
    tmp_path: Path, text: str, said: str
) -> None:
    told = fathom("config", "check", "--config", file(tmp_path, text))
    assert told.exit_code == 1
    assert said in told.stderr
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["FATHOM_ENGIN__URL", "FATHOM_PORTS"])
def test_a_variable_that_is_no_settings_is_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    told = fathom("config", "check")
    assert told.exit_code == 1
    assert f"`{name}` is no setting's; did you mean `FATHOM_" in told.stderr


def test_variables_of_settings_are_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FATHOM_PORT", "9000")
    monkeypatch.setenv("FATHOM_ENGINE__KIND", "llamacpp")
    monkeypatch.setenv("FATHOM_SANDBOX_KEY", "the sandbox's own")
    assert fathom("config", "check").exit_code == 0
    assert yaml.safe_load(fathom("config", "show").stdout)["port"] == 9000


def test_what_is_shown_has_no_keys_unless_they_are_asked_for(tmp_path: Path) -> None:
    text = 'admin_key: hush\nengine: {kind: vllm, url: "http://gpu:8000", api_key: quiet}\n'
    words = ("config", "show", "--config", file(tmp_path, text))
    told = fathom(*words).stdout
    assert "hush" not in told
    assert "quiet" not in told
    assert fathom(*words, "--redacted").stdout == told
    secrets = yaml.safe_load(fathom(*words, "--with-secrets").stdout)
    assert (secrets["admin_key"], secrets["engine"]["api_key"]) == ("hush", "quiet")


def test_what_is_shown_is_a_file_of_the_same_settings(tmp_path: Path) -> None:
    text = "scorers: {v: {kind: vote}}\nscorer: [v]\nstep_end: '; '\n"
    first = fathom("config", "show", "--config", file(tmp_path, text)).stdout
    again = yaml.safe_load(first) | {"config": None}
    assert Settings(**again) == Settings(**yaml.safe_load(text))


def test_the_schema_takes_what_the_settings_take() -> None:
    schema = json.loads(fathom("config", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    assert check.is_valid({"port": 80, "engine": {"kind": "vllm", "url": "http://gpu:8000"}})
    assert not check.is_valid({"portt": 80})
    assert not check.is_valid({"port": "many"})


def test_a_file_that_is_not_there_is_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FATHOM_CONFIG", str(tmp_path / "nowhere.yaml"))
    told = fathom("config", "check")
    assert told.exit_code != 0
    assert "there is no file" in told.stderr


def test_an_empty_variable_is_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FATHOM_DATABASE", "")
    assert Settings().database is None
