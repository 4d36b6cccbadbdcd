"""Programs of others, run as processes of the clients' environment, told where the service is."""

import os
import subprocess
from pathlib import Path

from tests.clients.harness import ENVIRONMENT, PYTHON

HERE = Path(__file__).parent
SUITES = sorted((HERE / "suites").glob("*_suite.py"))
NODE_TESTS = sorted((HERE / "node").glob("*.test.mjs"))


def run(command: list[str], address: str, folder: Path, cwd: Path) -> tuple[int, str]:
    """Run a command; return its exit code and what it said.

    Args:
        command: with what the environment has on its path.
        address: of the service, with `/v1`.
        folder: for the program's own files.
        cwd: where it runs.
    """
    own = {
        "FATHOM_URL": address,
        "PATH": f"{ENVIRONMENT / 'bin'}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(folder),
        # LiteLLM would fetch its list of prices, and not find ours in it.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder / "hf"),
    }
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | own, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def pytest_suite(suite: Path, address: str, folder: Path) -> tuple[int, str]:
    """Run a file of tests by the environment's pytest; return its exit code and what it said."""
    command = [str(PYTHON), "-m", "pytest", "-c", "pytest.ini", suite.name]
    return run([*command, "--basetemp", str(folder / "pytest")], address, folder, suite.parent)


def node_tests(file: Path, address: str, folder: Path) -> tuple[int, str]:
    """Run a file of tests by node; return its exit code and what it said."""
    command = [str(ENVIRONMENT / "bin" / "node"), "--test", "--test-reporter=spec", file.name]
    return run(command, address, folder, file.parent)
