"""The promises of docker/Dockerfile, and that docker/steps.sh tests the same steps."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
STEPS = (ROOT / "docker/steps.sh").read_text()
CONTEXT = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
STAGE = re.compile(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", re.MULTILINE | re.DOTALL)
STAGES: dict[str, str] = dict(STAGE.findall(DOCKERFILE))
TARGETS = ["api", "embedded", "sandbox"]


def test_every_base_image_is_pinned() -> None:
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) - set(STAGES)
    assert bases == {"python:3.13-slim-trixie"}


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_ends_as_a_user_without_privileges(target: str) -> None:
    assert re.findall(r"^USER (.*)$", STAGES[target], re.MULTILINE) == ["10001:10001"]
    assert STAGES[target].rstrip().endswith("USER 10001:10001")


@pytest.mark.parametrize("target", TARGETS)
def test_the_steps_script_installs_as_the_dockerfile_does(target: str) -> None:
    assert f"docker/install.sh /opt/fathom {target}\n" in STAGES[f"install-{target}"]
    assert 'docker/install.sh" "$prefix" "$target"' in STEPS


def test_an_image_carries_the_environment_and_no_source() -> None:
    for target in TARGETS:
        copied = re.findall(r"^COPY (.*)$", STAGES[target], re.MULTILINE)
        assert copied == [f"--from=install-{target} /opt/fathom /opt/fathom"]
    assert "COPY" not in STAGES["runtime"]


def test_the_api_image_installs_no_system_package() -> None:
    assert "apt-get" not in STAGES["api"] + STAGES["runtime"] + STAGES["base"]


def test_what_is_kept_is_kept_in_a_volume_of_the_images_user() -> None:
    assert "RUN install --directory --owner=10001 --group=10001 /data\nVOLUME /data\n" in DOCKERFILE
    assert "FATHOM_DATABASE=/data/fathom.db" in STAGES["runtime"]


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        (r"^CMD (.*)$", ["fathom", "serve", "--host", "0.0.0.0"]),
        (r"^HEALTHCHECK .* CMD (.*)$", ["fathom", "healthcheck"]),
    ],
)
def test_commands_are_in_exec_form(instruction: str, words: list[str]) -> None:
    (found,) = re.findall(instruction, STAGES["runtime"], re.MULTILINE)
    assert json.loads(found) == words


def test_the_sandbox_serves_sandboxes_with_the_systems_bubblewrap() -> None:
    (command,) = re.findall(r"^CMD (.*)$", STAGES["sandbox"], re.MULTILINE)
    assert json.loads(command)[:2] == ["fathom", "sandbox"]
    assert json.loads(command)[-1] in re.findall(r"^EXPOSE (\d+)$", STAGES["sandbox"], re.MULTILINE)
    assert "install --yes --no-install-recommends bubblewrap libseccomp2 " in STAGES["sandbox"]


def test_the_context_holds_every_package_and_every_lock() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    names = ("docker/requirements-api", "docker/requirements-build", "docker/requirements-sandbox")
    locks = {"requirements.lock", *(f"{name}.lock" for name in names)}
    read = {"pyproject.toml", "README.md", "LICENSE", "docker/install.sh", "docker/unused"}
    assert locks | {*packages} | read <= set(CONTEXT)


def test_every_requirement_is_installed_by_its_hash() -> None:
    installs = [
        line
        for line in (ROOT / "docker/install.sh").read_text().splitlines()
        if line.startswith("pip ") and " install " in line
    ]
    assert [line for line in installs if "-r " in line and "--require-hashes" not in line] == []
    assert [line for line in installs if "-r " not in line] == [installs[-1]]
    assert "--no-deps" in installs[-1]
