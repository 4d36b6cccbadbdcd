from pathlib import Path

from matplotlib.image import imread

from evaluation.calibration import calibrate
from evaluation.diagram import draw
from tests.evaluation.test_calibration import TOO_SURE


def test_a_diagram_is_a_picture_and_the_same_data_make_the_same_file(tmp_path: Path) -> None:
    fitted = calibrate(TOO_SURE, "platt")
    for name in ("one.png", "two.png"):
        draw(fitted.before, fitted.after, tmp_path / name, title="prm, solutions, platt")
    first, second = ((tmp_path / name).read_bytes() for name in ("one.png", "two.png"))
    assert first == second
    assert imread(tmp_path / "one.png").shape[:2] == (720, 1080)


def test_one_bin_is_enough_to_draw(tmp_path: Path) -> None:
    same = [rated[:1] for rated in TOO_SURE.values() if 0.5 <= rated[0].score < 0.6]
    draw(same, same, tmp_path / "one.png", title="alike")
    assert (tmp_path / "one.png").stat().st_size > 1000
