"""A tuned model as a file of the embedded engine's. Needs gguf."""

from pathlib import Path
from tempfile import TemporaryDirectory

from training.gguf.config import read_config
from training.gguf.model import write
from training.gguf.vocabulary import read_vocabulary
from training.tuning.models import Base
from training.tuning.report import EMBEDDED


def refuse_others(base: Base) -> None:
    """Say before a model is trained what would only be found when it is written.

    Raises:
        NotWritable: it is no model that the file can hold.
    """
    with TemporaryDirectory() as folder:
        base.model.config.save_pretrained(folder)
        base.tokenizer.save_pretrained(folder)
        config = read_config(Path(folder))
        read_vocabulary(Path(folder), config["vocab_size"])


def write_embedded(directory: Path, name: str) -> None:
    """Write the model of a directory beside it, matrices in float16.

    Raises:
        NotWritable: it has numbers that the file cannot hold.
    """
    write(directory, directory / EMBEDDED, name=name, half=True)
