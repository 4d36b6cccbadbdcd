import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from training.examples import write_lines
from training.writing import OutputRefused, anew, appended, whole


def test_a_file_is_there_once_all_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.jsonl"
    with whole(path) as write:
        write("1\n")
        assert not path.exists()
        write("é\n")
    assert path.read_text(encoding="utf-8") == "1\né\n"
    assert list(path.parent.iterdir()) == [path]


def test_what_was_there_stays_if_writing_stops_half_way(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old\n")

    def stop() -> None:
        with whole(path) as write:
            write("new\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old\n", [path])


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "out.jsonl", tmp_path / "link"
    link.symlink_to(path)
    with whole(link) as write:
        write("1\n")
    assert link.is_symlink()
    assert path.read_text() == "1\n"


def test_a_line_is_in_the_file_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.jsonl"
    with appended(path) as write:
        write("1\n")
        assert path.read_text() == "1\n"
    with appended(path) as write:
        write("2\n")
    assert path.read_text() == "1\n2\n"


@pytest.mark.parametrize(
    ("end", "kept"), [('{"a": 1}', '{"a": 1}\n'), ('{"a": ', ""), ('{"\xff', ""), ("", "")]
)
def test_half_a_line_is_dropped_and_a_whole_one_is_ended(
    end: str, kept: str, tmp_path: Path
) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'{"b": 2}\n' + end.encode("latin-1"))
    with appended(path) as write:
        write("3\n")
    assert path.read_text() == '{"b": 2}\n' + kept + "3\n"


def test_two_do_not_write_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with (
        appended(path),
        pytest.raises(OutputRefused, match="another process is writing to it"),
        appended(path),
    ):
        pass


def test_a_file_that_is_written_anew_is_there_only_if_there_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old\n")
    with anew(path):
        pass
    assert not path.exists()
    with anew(path) as write:
        write("1\n")
        write("2\n")
    assert path.read_text() == "1\n2\n"


@pytest.mark.parametrize("how", [whole, appended])
def test_what_is_no_file_is_refused(how, tmp_path: Path) -> None:
    with pytest.raises(OutputRefused, match="is not a file"), how(tmp_path):
        pass
    with pytest.raises(OutputRefused, match="cannot be written"), how(Path("/proc/none/out")):
        pass


def test_a_file_that_ends_in_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("eggs\nand milk")
    with pytest.raises(OutputRefused, match="does not end in a line of JSON"), appended(path):
        pass
    assert path.read_text() == "eggs\nand milk"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Have files take no more bytes than this, as a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_there_is_no_room_for_leaves_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with appended(path) as write:
        write("1\n")
        with room_for(4), pytest.raises(OutputRefused, match="the disk is full"):
            write('"long"\n')
        write("2\n")
    assert path.read_text() == "1\n2\n"


@pytest.mark.parametrize("lines", [1, 10_000])
def test_what_was_there_stays_if_there_is_no_room_for_all(lines: int, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old\n")
    with room_for(2), pytest.raises(OutputRefused, match=r"out\.jsonl: cannot be written"):
        write_lines(path, ["new\n"] * lines)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old\n", [path])
