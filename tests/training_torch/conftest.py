"""What the tests that train share. Without torch there are none of them."""

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py", "bases.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "training_torch" in item.path.parts:
            item.add_marker(pytest.mark.train)
