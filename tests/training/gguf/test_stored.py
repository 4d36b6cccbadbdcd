import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save, save_file

from training.gguf.errors import NotWritable
from training.gguf.stored import stored

ROWS = np.array([[1.5, -2.25], [0.1, 3e4]], np.float32)


def bfloat16(numbers: np.ndarray) -> np.ndarray:
    """The upper halves, as 16 bits."""
    return (numbers.view(np.uint32) >> 16).astype(np.uint16)


def write_as(path: Path, kind: str, numbers: np.ndarray) -> None:
    """Write the only tensor, `a`, of a model, and call its numbers `kind`."""
    begun, rest = (written := save({"a": numbers}))[:8], written[8:]
    length = int.from_bytes(begun, "little")
    header = json.loads(rest[:length])
    header["a"]["dtype"] = kind
    told = json.dumps(header).encode()
    path.write_bytes(len(told).to_bytes(8, "little") + told + rest[length:])


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_numbers_are_read_whatever_they_are_stored_as(tmp_path: Path, kind: type):
    save_file({"a": ROWS.astype(kind), "b": ROWS[0].astype(kind)}, tmp_path / "model.safetensors")
    found = stored(tmp_path)
    assert found["a"].numbers().dtype == np.float32
    assert found["a"].numbers() == pytest.approx(ROWS, rel=1e-3)
    assert found["b"].numbers() == pytest.approx(ROWS[0], rel=1e-3)


def test_bfloat16_is_the_upper_half_of_float32(tmp_path: Path):
    write_as(tmp_path / "model.safetensors", "BF16", bfloat16(ROWS))
    [found] = stored(tmp_path).values()
    assert found.shape == (2, 2)
    assert found.numbers() == pytest.approx(ROWS, rel=2**-7)
    assert np.array_equal(found.numbers()[0], ROWS[0])


def test_a_model_in_several_files_is_read_from_all(tmp_path: Path):
    for name in "ab":
        save_file({name: ROWS}, tmp_path / f"{name}.safetensors")
    index = {"weight_map": {name: f"{name}.safetensors" for name in "ab"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert [np.array_equal(one.numbers(), ROWS) for one in stored(tmp_path).values()] == [True] * 2


def test_quantised_numbers_are_refused(tmp_path: Path):
    write_as(tmp_path / "model.safetensors", "I8", ROWS.astype(np.int8))
    with pytest.raises(NotWritable, match="a is of I8, none of F32, F16, BF16"):
        stored(tmp_path)


@pytest.mark.parametrize("kept", [0, 4, 40, -1])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, kept: int):
    whole = save({"a": ROWS})
    (tmp_path / "model.safetensors").write_bytes(whole[:kept])
    with pytest.raises(NotWritable, match="cannot be read"):
        stored(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path):
    with pytest.raises(NotWritable, match=r"model\.safetensors"):
        stored(tmp_path)
