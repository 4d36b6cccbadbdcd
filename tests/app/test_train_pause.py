"""`fathom train pause` where there is no torch: what is refused before it is needed."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.app.cli_world import fathom


@pytest.fixture
def there(tmp_path: Path) -> tuple[str, ...]:
    """Flags that name the data, the base and the place of the model."""
    (tmp_path / "data.jsonl").write_text('{"text": "a"}\n')
    folder = str(tmp_path)
    return "--data", f"{folder}/data.jsonl", "--base", folder, "--out", f"{folder}/out"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("pretrain", "--pauses", "10"), "`pauses` is no setting of the stage pretrain"),
        (("finetune", "--share", "0.1"), "`share` is no setting of the stage finetune"),
        (("finetune", "--length", "9"), "`length` is no setting of the stage finetune"),
        (("pretrain", "--max-tokens", "9"), "rows of text have a `length`"),
        (("inference",), "'inference' is not one of"),
    ],
)
def test_what_is_no_setting_of_the_stage_is_refused(there, words, why) -> None:
    result = fathom("train", "pause", "--stage", *words, *there)
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.skipif(find_spec("torch") is not None, reason="it is installed")
def test_without_torch_a_sentence_names_the_extra(there) -> None:
    result = fathom("train", "pause", "--stage", "finetune", *there)
    assert result.exit_code == 2
    assert "needs the extra `train`: install fathom-serve[train]" in result.stderr
