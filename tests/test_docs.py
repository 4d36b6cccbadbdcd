"""What the documents say is so, and what is so the documents say."""

import ast
import json
import re
from pathlib import Path
from typing import get_args

import pytest
import typer
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from app.cli import create_cli
from app.commands.label import WAYS
from app.errors import STATUS
from app.feedback import FeedbackRequest
from app.ifd_request import IfdRequest
from app.keys.caps import Caps
from app.models import ModelConfig
from app.presets import BudgetOptions, Preset
from app.score_request import ScoreRequest
from app.settings import Settings
from app.store import Remembered
from app.wire import ChatRequest, SearchOptions, StreamOptions
from engines.build import EngineConfig
from scorers.build import ScorerConfig
from scorers.calibration import Calibration, Platt
from search.strategies import KINDS
from training.examples import Example
from training.pause.settings import STAGES
from training.recycle.rows import SampleRow
from training.recycle.scores import REASONS
from training.recycle.templates import Template
from training.sft.settings import SftConfig
from training.tuning.settings import TuneConfig
from training.verifier.config import TrainConfig

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCS = {path: path.read_text() for path in sorted((ROOT / "docs").rglob("*.md"))}
ALL = {ROOT / "README.md": README, ROOT / "CHANGELOG.md": (ROOT / "CHANGELOG.md").read_text()}
ALL |= DOCS
API = DOCS[ROOT / "docs" / "api.md"]
CONFIGURATION = DOCS[ROOT / "docs" / "configuration.md"]
SCORERS = DOCS[ROOT / "docs" / "scorers.md"]
LABELS = DOCS[ROOT / "docs" / "labels.md"]
PAUSE = DOCS[ROOT / "docs" / "pause.md"]
TRAINING = DOCS[ROOT / "docs" / "training.md"]
IFD = DOCS[ROOT / "docs" / "ifd.md"]
KEYS = DOCS[ROOT / "docs" / "keys.md"]
TRAININGS = [("Settings", TrainConfig), ("Fine-tuning a student", SftConfig)]
"""Sections of the page on training, and the settings they are of."""
ENGINE_KINDS = get_args(get_args(EngineConfig)[0])
SCORER_KINDS = get_args(get_args(ScorerConfig)[0])
YAML = [
    block for text in DOCS.values() for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
]
ELSEWHERE = re.compile(
    r"/work/|/root/|/home/|/tmp/\w|pythonhosted|pypi\.org|npmjs|huggingface\.co|docker\.io|ghcr\.io"
)


def rows(text: str, *columns: str) -> list[list[str]]:
    """Return the cells of every table in `text` whose first columns have these names."""
    head = r"\| " + r" \| ".join(re.escape(name) for name in columns) + r" \|.*\n\|[-|]+\n"
    tables = re.findall(head + r"((?:\|.*\n)+)", text)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for table in tables for line in table.splitlines()]  # fmt: skip


def names(cells: list[str]) -> list[str]:
    return [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]


def shown(default: object) -> str:
    """How a default reads in a table."""
    if default is PydanticUndefined:
        return "required"
    if default is None:
        return "none"
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def test_the_table_of_strategies_is_the_registry() -> None:
    assert names([row[0] for row in rows(README, "strategy", "in a line")]) == list(KINDS)


def test_every_scorer_is_in_the_readme_and_in_the_table_of_kinds() -> None:
    kinds = [kind.model_fields["kind"].default for kind in SCORER_KINDS]
    assert names([row[0] for row in rows(SCORERS, "kind")]) == kinds
    assert all(f"`{kind}`" in README for kind in kinds)


@pytest.mark.parametrize("config", SCORER_KINDS)
def test_every_field_of_a_scorer_is_in_its_section(config: type[BaseModel]) -> None:
    kind = config.model_fields["kind"].default
    section = re.split(r"^## ", SCORERS.partition(f"## `{kind}`\n")[2], flags=re.MULTILINE)[0]
    documented = {row[0].strip("`") for row in rows(section, "field", "default")}
    fields = {field.alias or name for name, field in config.model_fields.items()}
    assert documented == fields - {"kind"}


def test_every_setting_is_in_the_configuration_by_its_name_in_the_environment() -> None:
    documented = {row[0]: row[1] for row in rows(CONFIGURATION, "setting", "environment")}
    engines = {f"engine.{field}" for kind in ENGINE_KINDS for field in kind.model_fields}
    settings = {*Settings.model_fields, *engines}
    environment = {name: f"FATHOM_{name.upper().replace('.', '__')}" for name in settings}
    assert documented == {f"`{name}`": f"`{there}`" for name, there in environment.items()}


def test_the_defaults_in_the_configuration_are_the_settings() -> None:
    documented = {
        row[0].strip("`"): row[2] for row in rows(CONFIGURATION, "setting", "environment")
    }
    for name in ("config", "host", "port", "scorer", "aliases", "max_answer_tokens", "temperature",
                 "outcomes"):  # fmt: skip
        default = Settings.model_fields[name].default
        assert documented[name] == shown(default)


@pytest.mark.parametrize("config", ENGINE_KINDS)
def test_the_defaults_of_an_engine_are_the_settings(config: type[BaseModel]) -> None:
    kind = config.model_fields["kind"].default
    table = CONFIGURATION.partition(f"\n`{kind}`:\n\n")[2].partition("\n\n")[0] + "\n"
    documented = {row[0].removeprefix("`engine.").strip("`"): row[2]
                  for row in rows(table, "setting", "environment")}  # fmt: skip
    fields = config.model_fields.items()
    assert documented == {name: shown(field.default) for name, field in fields if name != "kind"}


def test_the_parts_of_a_preset_are_in_the_configuration() -> None:
    documented = names([row[0] for row in rows(CONFIGURATION, "field", "default")])
    budget = [f"budget.{name}" for name in BudgetOptions.model_fields]
    assert [name for name in documented if "." in name] == budget
    assert {name.partition(".")[0] for name in documented} == set(Preset.model_fields)


def test_the_settings_of_a_model_are_in_the_configuration() -> None:
    documented = names([row[0] for row in rows(CONFIGURATION, "of a model", "if not given")])
    assert documented == list(ModelConfig.model_fields)


def test_the_efforts_are_as_the_configuration_has_them() -> None:
    documented = [row[:3] for row in rows(CONFIGURATION, "effort", "strategy")]
    presets = Settings.model_fields["efforts"].default
    assert documented == [
        [f"`{effort}`", f"`{p.strategy.kind}`, n = {p.strategy.n}", str(p.budget.tokens or "none")]
        for effort, p in presets.items()
    ]


@pytest.mark.parametrize("block", YAML)
def test_a_piece_of_configuration_in_the_documents_can_be_used(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    calibration = Calibration(curve=Platt(slope=1, intercept=0), level="solution")
    calibration.write(tmp_path / "prm.calibration.json")
    (tmp_path / "fathom.yaml").write_text(block)
    settings = Settings(config=tmp_path / "fathom.yaml")
    assert settings != Settings()


def test_every_flag_of_calibrate_is_in_its_section() -> None:
    section = DOCS[ROOT / "docs" / "policy.md"].partition("\n## Calibrating\n")[2]
    shown = CliRunner().invoke(create_cli(), ["calibrate", "--help"], env={"COLUMNS": "200"}).stdout
    flags = set(re.findall(r"--[a-z-]+", shown)) - {"--help"}
    assert flags == set(re.findall(r"`(--[a-z-]+)`", section)) | {"--yes"}


def test_every_way_of_labelling_is_in_its_table_with_its_flags() -> None:
    found = [[row[0].strip("`"), *re.findall(r"`--([a-z-]+)`", row[3])]
             for row in rows(LABELS, "way", "labels", "from", "its flags")]  # fmt: skip
    documented = {name: {flag.replace("-", "_") for flag in flags} for name, *flags in found}
    own = {name: set(way.flags) for name, way in WAYS.items()}
    combined = {"--by omega": own["--by rollouts"],
                "--active --by prm": own["--active"] | own["--by prm"]}  # fmt: skip
    assert documented | combined == own


def test_every_field_of_a_labelled_solution_is_in_the_format() -> None:
    documented = names([row[0] for row in rows(LABELS, "field", "what it is")])
    assert documented == list(Example.model_fields)


@pytest.mark.parametrize(("section", "config"), TRAININGS)
def test_every_setting_of_a_training_is_in_its_table_with_its_default(
    section: str, config: type[BaseModel]
) -> None:
    text = re.split(r"^## ", TRAINING.partition(f"\n## {section}\n")[2], flags=re.MULTILINE)[0]
    documented = {row[0].strip("`"): row[1] for row in rows(text, "setting", "default")}
    fields = {n: field for n, field in config.model_fields.items() if n != "kind"}
    assert documented == {
        name: shown(list(field.default) if name == "betas" else field.default)
        for name, field in fields.items()
    }


@pytest.mark.parametrize(("name", "config"), [("train", TrainConfig), ("sft", SftConfig)])
def test_a_file_of_settings_for_a_training_in_the_documents_can_be_used(
    name: str, config: type[BaseModel]
) -> None:
    blocks = re.findall(rf"```yaml {name}\n(.*?)```", TRAINING, re.DOTALL)
    assert blocks
    for block in blocks:
        assert config.model_validate(yaml.safe_load(block)) != config()


@pytest.mark.parametrize(("section", "config"), TRAININGS)
def test_every_setting_of_a_training_has_a_flag(section: str, config: type[BaseModel]) -> None:
    words = ["train", "sft" if config is SftConfig else "prm", "--help"]
    shown = CliRunner().invoke(create_cli(), words, env={"COLUMNS": "200"}).stdout
    flags = {flag.replace("-", "_") for flag in re.findall(r"^  --([a-z-]+)", shown, re.MULTILINE)}
    assert set(config.model_fields) - {"kind"} <= flags


@pytest.mark.parametrize("stage", STAGES)
def test_every_setting_of_a_stage_of_pausing_is_documented_with_its_default(stage: str) -> None:
    found = {row[0].strip("`"): row[2] for row in rows(PAUSE, "setting", "stage", "default")
             if row[1] == f"`{stage}`"}  # fmt: skip
    fields = STAGES[stage].model_fields
    own = {name: shown(fields[name].default) for name in found}
    others = fields.keys() - found.keys() - {"stage", "max_tokens"}
    assert found == own
    assert fields.keys() - TuneConfig.model_fields.keys() - {"stage"} <= found.keys()
    assert [name for name in others if f"`{name}`" not in PAUSE] == []


def test_a_file_of_settings_for_pausing_in_the_documents_can_be_used() -> None:
    blocks = re.findall(r"```yaml pause (\w+)\n(.*?)```", PAUSE, re.DOTALL)
    assert blocks
    for stage, block in blocks:
        assert STAGES[stage].model_validate(yaml.safe_load(block)) != STAGES[stage]()


def codes() -> set[str]:
    """Every code an error can have: the table's, and those that handlers give themselves."""
    found = {code for _, code in STATUS.values()}
    for function in ast.walk(ast.parse((ROOT / "app" / "errors.py").read_text())):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        calls = [call for call in ast.walk(function) if isinstance(call, ast.Call)]
        given = [call.args[2] for call in calls if ast.unparse(call.func) == "_object"]
        assigned = {ast.unparse(a.targets[0]): a.value for a in ast.walk(function)
                    if isinstance(a, ast.Assign)}  # fmt: skip
        for value in given:
            meant = assigned.get(ast.unparse(value), value)
            constants = [n.value for n in ast.walk(meant) if isinstance(n, ast.Constant)]
            found |= {constant for constant in constants if isinstance(constant, str)}
    return found


def test_every_error_code_is_in_the_api_and_no_other() -> None:
    assert set(names([row[1] for row in rows(API, "status", "`code`")])) == codes()


def test_the_api_has_the_status_of_every_code() -> None:
    documented = {code: row[0] for row in rows(API, "status", "`code`") for code in names([row[1]])}
    for status, code in STATUS.values():
        assert str(status) in documented[code], code


def test_every_field_of_a_request_is_in_the_api() -> None:
    table = names([row[0] for row in rows(API, "field", "what becomes of it")])
    documented = {name.partition(".")[0] for name in table}
    assert documented | {"search"} == set(ChatRequest.model_fields)


def test_every_field_of_a_request_for_scores_is_in_the_api() -> None:
    documented = names([row[0] for row in rows(API, "field", "if not given", "what it is")])
    assert set(documented) == set(ScoreRequest.model_fields)


def test_every_field_of_a_request_for_ifd_is_in_the_api() -> None:
    documented = names([row[0] for row in rows(API, "field", "of a request for IFD")])
    assert set(documented) == set(IfdRequest.model_fields)


def test_all_that_is_told_of_ifd_is_in_its_document() -> None:
    documented = names([row[0] for row in rows(IFD, "field", "of a sample")])
    assert set(documented) == set(SampleRow.__annotations__)
    assert names([row[0] for row in rows(IFD, "why", "when")]) == list(REASONS)
    assert names([row[0] for row in rows(IFD, "`--template`", "what it is")]) == list(
        get_args(Template)
    )


def test_every_flag_of_ifd_is_in_its_table() -> None:
    shown = CliRunner().invoke(create_cli(), ["ifd", "--help"], env={"COLUMNS": "200"}).stdout
    flags = set(re.findall(r"--[a-z-]+", shown)) - {"--help"}
    assert flags == {row[0].strip("`") for row in rows(IFD, "flag", "default", "what it is")}


def test_every_cap_is_in_its_table_with_its_default() -> None:
    documented = {row[0].strip("`"): int(row[1]) for row in rows(KEYS, "`caps`", "default")}
    assert documented == Caps().model_dump()


def test_every_field_of_feedback_is_in_the_api() -> None:
    documented = names([row[0] for row in rows(API, "field", "of feedback")])
    assert documented == list(FeedbackRequest.model_fields)


def test_every_column_of_what_is_remembered_is_in_the_configuration() -> None:
    documented = names([row[0] for row in rows(CONFIGURATION, "column", "holds")])
    assert documented == Remembered.__table__.columns.keys()


def test_every_option_of_a_search_is_in_the_api() -> None:
    documented = names([row[0] for row in rows(API, "field", "default", "means")])
    budget = {f"budget.{name}" for name in BudgetOptions.model_fields}
    assert set(documented) == {*SearchOptions.model_fields, *budget} - {"budget"}


def test_the_options_of_a_stream_are_in_the_api() -> None:
    settable = set(StreamOptions.model_fields) - {"include_obfuscation"}
    assert all(f"`stream_options.{name}`" in API for name in settable)


def test_every_command_is_in_the_documents() -> None:
    group = typer.main.get_command(create_cli())
    commands = group.list_commands(typer.Context(group))  # type: ignore[attr-defined]
    said = "\n".join(ALL.values())
    assert [name for name in commands if f"fathom {name}" not in said] == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", ALL[path])
    near = [link for link in links if "://" not in link]
    assert [link for link in near if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_no_document_knows_a_machine_or_a_registry(path: Path) -> None:
    assert ELSEWHERE.findall(ALL[path]) == []
