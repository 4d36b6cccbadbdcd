"""The laboratory's models as GGUF files, which the embedded engine serves.

Knows the laboratory's tokens; `training.gguf` writes the rest. Writes its generator, or the trunk
of a verifier, of any number of layers. Two things differ from the folder's tokenizer: characters
are in GPT-2's alphabet of bytes, and there is a chat template.
"""

from pathlib import Path

import gguf
from gguf.vocab import bytes_to_unicode

from evaluation.lab.tokens import BOS, CHARACTERS, EOS, IDS, PAD, TEMPLATE, VOCABULARY, WORDS
from training.gguf.config import read_config
from training.gguf.errors import NotWritable
from training.gguf.model import Llama, write_llama
from training.gguf.vocabulary import Vocabulary


def write_gguf(folder: Path, file: Path, *, name: str, half: bool = False) -> None:
    """Write the model in a Hugging Face folder as a GGUF file.

    Args:
        folder: has `config.json` and `model.safetensors`.
        file: is written over.
        name: of the model, in the file.
        half: matrices in float16, which takes half the room; else all is float32.

    Raises:
        NotWritable: it is no Llama of the laboratory's tokens.
    """
    config = read_config(folder)
    if config["vocab_size"] != len(VOCABULARY):
        raise NotWritable(
            folder, f"it has {config['vocab_size']} tokens, not the laboratory's {len(VOCABULARY)}"
        )
    write_llama(Llama(folder, config, _vocabulary()), file, name=name, half=half)


def _vocabulary() -> Vocabulary:
    alphabet = bytes_to_unicode()
    kinds = dict.fromkeys(VOCABULARY, gguf.TokenType.CONTROL)
    kinds |= dict.fromkeys(WORDS, gguf.TokenType.USER_DEFINED)
    kinds |= dict.fromkeys(CHARACTERS, gguf.TokenType.NORMAL)
    return Vocabulary(
        [alphabet[ord(token)] if token in CHARACTERS else token for token in VOCABULARY],
        [kinds[token] for token in VOCABULARY],
        "gpt-2",
        {"bos": IDS[BOS], "eos": IDS[EOS], "pad": IDS[PAD]},
        template=TEMPLATE,
    )
