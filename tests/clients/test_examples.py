"""The examples of docs/clients.md, run as they stand, but for where the service is."""

import re

import httpx2
import pytest
import yaml

from tests.clients.harness import PYTHON, ROOT, TASKS
from tests.clients.programs import HERE, run

pytestmark = pytest.mark.clients
ADDRESS = "http://localhost:8000/v1"
TEXT = (ROOT / "docs" / "clients.md").read_text()
SECTIONS = dict(section.split("\n", 1) for section in TEXT.split("\n## ")[1:])
BLOCKS = [
    (client, *re.findall(r"^```(sh|python|js)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[0])
    for client, section in SECTIONS.items()
    if client != "Pages to chat on"
]
RUNNERS = {"sh": ["bash", "-euc"], "python": [str(PYTHON), "-c"]}


@pytest.mark.parametrize(("client", "language", "text"), BLOCKS, ids=[b[0] for b in BLOCKS])
def test_an_example_does_what_it_says(client, language, text, served: str, tmp_path) -> None:
    text = text.replace(ADDRESS, served)
    cwd, command = TASKS, [*RUNNERS.get(language, ()), text]
    if language == "js":
        # Beside the packages it imports.
        cwd, command = HERE / "node", ["node", "--input-type=module", "--eval", text]
    elif client == "Inspect":
        cwd = tmp_path
        [task] = re.findall(r"```python task\n(.*?)```", TEXT, re.DOTALL)
        (tmp_path / "arithmetic.py").write_text(task)
    code, said = run(command, served, tmp_path, cwd)
    assert code == 0, said
    assert '"error":' not in said


def test_what_pages_are_told_is_so(served: str) -> None:
    first, second = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    [endpoint] = yaml.safe_load(second)["endpoints"]["custom"]
    assert f"OPENAI_API_BASE_URL={endpoint['baseURL']}\n" in first
    assert endpoint["baseURL"] == ADDRESS
    listed = {card["id"] for card in httpx2.get(f"{served}/models").json()["data"]}
    assert set(endpoint["models"]["default"]) <= listed
