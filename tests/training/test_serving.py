"""The commands that a report says serve a model."""

import shlex
from pathlib import Path

from app.settings import Settings
from engines.llamacpp import LlamaCppConfig
from training.tuning.report import serving, serving_embedded

DIRECTORY = Path("my students/one")


def test_the_embedded_engine_is_told_of_the_file_by_the_environment(monkeypatch) -> None:
    *variables, program, command = shlex.split(serving_embedded(DIRECTORY))
    for variable in variables:
        monkeypatch.setenv(*variable.split("=", 1))
    engine = Settings().engine
    assert isinstance(engine, LlamaCppConfig)
    assert (engine.model, program, command) == (DIRECTORY / "model.gguf", "fathom", "serve")


def test_vllm_is_told_of_the_directory() -> None:
    assert shlex.split(serving(DIRECTORY)) == ["vllm", "serve", "my students/one"]
