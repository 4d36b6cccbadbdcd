"""`fathom train` where there is no torch: what is refused before it is needed."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.app.cli_world import fathom
from tests.training.solutions import sums
from training.examples import write_examples

WRONG = {
    "an unknown kind": ("vrm",),
    "an unknown family": ("prm", "--family", "unheard_of"),
    "a family of values": ("prm", "--family", "skywork"),
    "an outcome of three classes": ("orm", "--classes", "3"),
    "a share above one": ("prm", "--dropout", "1.5"),
    "no step at all": ("prm", "--learning-rate", "0"),
    "no such folder": ("prm", "--base", "nowhere"),
    "a student of no samples": ("sft", "--batch", "0"),
    "LoRA's layers without LoRA": ("sft", "--lora-targets", "q_proj"),
}


@pytest.fixture
def there(tmp_path: Path) -> tuple[str, ...]:
    """Flags that name the data, the base and the place of the verifier."""
    write_examples(tmp_path / "data.jsonl", sums(2))
    folder = str(tmp_path)
    return "--data", f"{folder}/data.jsonl", "--base", folder, "--out", f"{folder}/out"


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_settings_that_make_no_sense_end_with_code_2(words, there) -> None:
    result = fathom("train", words[0], *there, *words[1:])
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learning_rte: 1", "there is no setting `learning_rte`"),
        ("epochs: none", "`epochs`: Input should be a valid integer"),
        ("- epochs", "has no settings by name"),
        ("a: [", "is no YAML"),
    ],
)
def test_a_file_of_settings_that_make_no_sense_is_refused(text, said, there, tmp_path) -> None:
    (tmp_path / "train.yaml").write_text(text)
    result = fathom("train", "prm", *there, "--config", str(tmp_path / "train.yaml"))
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.skipif(find_spec("torch") is not None, reason="it is installed")
@pytest.mark.parametrize("words", [("prm",), ("sft",), ("sft", "--lora", "8", "--gguf")])
def test_without_torch_a_sentence_names_the_extra(words, there) -> None:
    result = fathom("train", words[0], *there, *words[1:])
    assert result.exit_code == 2
    assert "needs the extra `train`: install fathom-serve[train]" in result.stderr
