"""Curves from scores to chances, and their file."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.calibration import Calibration, CalibrationError, Isotonic, Platt

units = st.floats(0, 1)
platts = st.builds(Platt, slope=st.floats(1e-3, 1e3), intercept=st.floats(-50, 50))


@st.composite
def isotonics(draw) -> Isotonic:
    scores = sorted(draw(st.sets(units, min_size=2, max_size=6)))
    chances = st.lists(units, min_size=len(scores), max_size=len(scores))
    rising = sorted(draw(chances.filter(lambda given_: len(set(given_)) > 1)))
    return Isotonic(knots=tuple(zip(scores, rising, strict=True)))


curves = platts | isotonics()


@given(curve=curves, scores=st.tuples(units, units))
def test_chances_are_in_0_to_1_and_a_higher_scores_is_no_lower(curve, scores):
    low, high = map(curve.chance, sorted(scores))
    assert 0 <= low <= high + 1e-12
    assert high <= 1


@given(score=units)
def test_slope_1_and_intercept_0_leave_scores_as_they_are(score):
    assert Platt(slope=1, intercept=0).chance(score) == pytest.approx(score, abs=1.1e-6)


@given(curve=isotonics())
def test_a_knots_score_has_its_chance_and_beyond_the_ends_it_is_level(curve):
    assert [curve.chance(score) for score, _ in curve.knots] == [
        pytest.approx(chance) for _, chance in curve.knots
    ]
    assert (curve.chance(0), curve.chance(1)) == (curve.knots[0][1], curve.knots[-1][1])


@pytest.mark.parametrize(("score", "chance"), [(0.1, 0.2), (0.35, 0.3), (0.5, 0.4), (0.9, 0.6)])
def test_between_knots_the_line_is_straight(score, chance):
    curve = Isotonic(knots=((0.2, 0.2), (0.5, 0.4), (0.6, 0.6)))
    assert curve.chance(score) == pytest.approx(chance)


def test_a_score_that_is_too_sure_is_drawn_in():
    curve = Platt(slope=0.5, intercept=0)
    assert curve.chance(0.8) == pytest.approx(2 / 3)
    assert 0.99 < curve.chance(1) < 0.9999
    assert curve.chance(0) == pytest.approx(1 - curve.chance(1))


@given(curve=curves, level=st.sampled_from(["solution", "step"]))
def test_a_file_holds_the_very_curve(curve, level, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "c.json"
    written = Calibration(curve=curve, level=level, fitted_on={"n": 40, "sha256": "ab"})
    written.write(path)
    assert Calibration.read(path) == written


GOOD = {"curve": {"kind": "platt", "slope": 1, "intercept": 0}, "level": "solution"}
STEEP = {"kind": "isotonic", "knots": [[0, 0.9], [1, 0.1]]}
BROKEN = {
    "no JSON": ("{", "Invalid JSON"),
    "a list": ("[]", "valid dictionary|object"),
    "no level": (json.dumps({"curve": GOOD["curve"]}), "level: Field required"),
    "no curve": (json.dumps({"level": "step"}), "curve: Field required"),
    "another kind": (json.dumps(GOOD | {"curve": {"kind": "spline"}}), "curve: .*'spline'"),
    "a field too many": (json.dumps(GOOD | {"slope": 1}), "slope: Extra inputs"),
    "a curve that falls": (json.dumps(GOOD | {"curve": STEEP}), "do not rise"),
    "one knot": (json.dumps(GOOD | {"curve": STEEP | {"knots": [[0, 0]]}}), "at least 2"),
    "a level curve": (json.dumps(GOOD | {"curve": STEEP | {"knots": [[0, 0.5], [1, 0.5]]}}),
                      "do not rise"),
    "a knot twice": (json.dumps(GOOD | {"curve": STEEP | {"knots": [[0, 0], [0, 1]]}}),
                     "do not rise from each"),
    "a slope of 0": (json.dumps(GOOD | {"curve": {"kind": "platt", "slope": 0, "intercept": 0}}),
                     "slope: .*greater than 0"),
    "no number": ('{"curve": {"kind": "platt", "slope": NaN, "intercept": 0}, "level": "step"}',
                  "slope: .*finite|Invalid JSON|greater than"),
    "not UTF-8": (b"\xff\xfe", "Invalid JSON"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "complaint"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_one_sentence_that_names_it(content, complaint, tmp_path):
    path = tmp_path / "c.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CalibrationError, match=complaint) as caught:
        Calibration.read(path)
    assert str(caught.value).startswith(f"{path} is no calibration: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CalibrationError, match=r"absent.json cannot be read: No such file"):
        Calibration.read(tmp_path / "absent.json")
    with pytest.raises(CalibrationError, match="cannot be written: Is a directory"):
        Calibration.model_validate(GOOD).write(tmp_path)


def test_what_is_for_people_may_be_left_out():
    assert Calibration.model_validate(GOOD).measures == {}


def test_applying_a_curve_needs_no_numerical_library():
    program = (
        "import sys, scorers.calibrated; sys.exit(bool({'numpy', 'sklearn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
