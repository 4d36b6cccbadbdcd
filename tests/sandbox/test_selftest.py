"""The self-test, on sandboxes that isolate and on things that only look like it."""

import asyncio
import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pydantic
import pytest

from sandbox.bubblewrap import find_bubblewraps
from sandbox.errors import NoTier
from sandbox.identity import NOBODY
from sandbox.selftest import Finding, examine
from sandbox.tier import choose
from tests.sandbox.world import World

RUNS_IT = """#!{python}
import os, sys
os.execv(sys.argv[sys.argv.index("--") + 1], sys.argv[sys.argv.index("--") + 1:])
"""
SAYS_IT_DID = """#!{python}
import json, os, sys
info = int(sys.argv[sys.argv.index("--info-fd") + 1])
if (child := os.fork()) == 0:
    os.execv(sys.argv[sys.argv.index("--") + 1], sys.argv[sys.argv.index("--") + 1:])
os.write(info, json.dumps({{"child-pid": os.getpid()}}).encode())
os.waitpid(child, 0)
"""
LEAVES_OUT = """#!/usr/bin/python3
import os, sys
words = sys.argv[1:]
{edit}
os.execv({real!r}, [{real!r}, *words])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose programs the sandbox's user may run."""
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def program(folder: Path, text: str) -> Path:
    path = folder / "bwrap"
    path.write_text(text)
    path.chmod(0o755)
    return path


def failed(findings: list[Finding]) -> set[str]:
    return {finding.what for finding in findings if not finding.holds}


@pytest.mark.parametrize("bubblewrap", find_bubblewraps(), ids=str)
@pytest.mark.parametrize("proc", [True, False])
async def test_every_bubblewrap_passes(world: World, bubblewrap: Path, proc: bool) -> None:
    recipe = dataclasses.replace(world.recipe, bubblewrap=bubblewrap, proc=proc)
    findings = await examine(recipe)
    assert failed(findings) == set()
    assert len(findings) > 20


@pytest.mark.parametrize("fake", [RUNS_IT, SAYS_IT_DID])
async def test_a_program_that_isolates_nothing_is_found_out(
    world: World, folder: Path, fake: str
) -> None:
    bubblewrap = program(folder, fake.format(python=world.recipe.interpreter.executable))
    own = ("nobody", "nogroup", ()) if os.getuid() == 0 else (None, None, None)
    who = dict(zip(("user", "group", "extra_groups"), own, strict=True))
    with subprocess.Popen(["sleep", "60"], **who) as other:  # noqa: ASYNC220
        with pytest.raises(NoTier):
            await choose(bubblewrap)
        lives = other.poll() is None
        other.kill()
    assert lives, "another process of the programs' user was killed"


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        ("words.remove('--unshare-all'); words[:0] = ['--unshare-pid', '--unshare-ipc', "
         "'--unshare-uts']", "it has namespaces of its own"),
        ("i = words.index('--seccomp'); del words[i:i + 2]", "system calls are filtered"),
        ("i = words.index('--remount-ro'); del words[i:i + 2]", "the root cannot be written"),
        ("i = words.index('--size'); words[i + 1] = str(1 << 30)", "disk is limited"),
        ("i = words.index('--remount-ro'); words[i:i] = ['--ro-bind', '/etc', '/etc']",
         "there is no configuration of the machine"),
        ("i = words.index('--'); words[i:i] = ['--setenv', 'SECRET', 'x']",
         "the environment is empty"),
    ],
)  # fmt: skip
async def test_a_sandbox_that_lacks_one_thing_is_found_out(
    world: World, folder: Path, edit: str, what: str
) -> None:
    real = str(world.recipe.bubblewrap)
    bubblewrap = program(folder, LEAVES_OUT.format(edit=edit, real=real))
    findings = await examine(dataclasses.replace(world.recipe, bubblewrap=bubblewrap))
    assert what in failed(findings)


async def test_what_is_missing_and_what_to_do_is_said(folder: Path) -> None:
    with pytest.raises(NoTier) as raised:
        await choose(program(folder, "#!/bin/sh\necho setting up uid map >&2\nexit 1\n"))
    assert "setting up uid map" in raised.value.missing[0]
    assert "bubblewrap 0.8" in raised.value.remedy


async def test_a_server_without_a_sandbox_does_not_start(folder: Path) -> None:
    fake = program(folder, "#!/bin/sh\nexit 1\n")
    command = [sys.executable, "-m", "sandbox", "--bwrap", str(fake)]
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert b"no program can be run here" in said


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="not root")
def test_a_user_without_privileges_can_run_programs_too(world: World, folder: Path) -> None:
    packages = ("sandbox", "tests/sandbox/world.py", "tests/sandbox/unprivileged.py")
    root = Path(__file__).parents[2]
    for name in packages:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, target)
    ids = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    told = subprocess.run(
        ["setpriv", *ids, world.recipe.interpreter.executable, "tests/sandbox/unprivileged.py"],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": f"{folder}:{site_packages()}", "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert told.stdout.splitlines()[-1:] == ["all contained"], told.stderr


def site_packages() -> str:
    return str(Path(pydantic.__file__).parents[1])
