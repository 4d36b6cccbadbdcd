"""Packages installed in a folder, without an installer: modules, and what declares them."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "plugins.md").read_text()


def install(folder: Path, group: str, entries: dict[str, str], **modules: str) -> None:
    """Put modules into a folder, and entry points of one group in a distribution's metadata."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    info = folder / f"{group.replace('.', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {group}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
    (info / "entry_points.txt").write_text(f"[{group}]\n{lines}")


def install_examples(folder: Path) -> None:
    """Install what the document shows, as it says."""
    package = folder / "fathom_brevity"
    package.mkdir()
    for text in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL):
        named = re.match(r'"""(\S+): ', text)
        assert named
        (folder / named[1]).write_text(text)
    for group, entry in re.findall(r'entry-points."(.+)"\]\n(.*)\n', DOCUMENT):
        name, value = entry.split(" = ")
        install(folder, group, {name: value.strip('"')})


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the folder's packages installed."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FATHOM_")}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=kept | {"PYTHONPATH": path},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
