from evaluation.lab.found import MAIN, Comparison, Contest, Scale
from evaluation.lab.pictures import draw_contest, draw_sizes, draw_trade
from evaluation.lab.trade import traded
from evaluation.statistics import Estimate
from tests.evaluation.lab.trade_world import PARAMETERS, entry

SHARES = (Estimate(0.3, 0.2, 0.4), Estimate(0.5, 0.4, 0.6))


def found() -> Contest:
    return Contest(
        problems=5,
        samples=2,
        seed=0,
        sizes=(1, 2),
        curves=dict.fromkeys(MAIN, SHARES),
        quintiles=dict.fromkeys(MAIN, ((0.3, 0.5),) * 5),
        separation=dict.fromkeys(MAIN),
        ahead={},
    )


def test_a_contest_is_drawn_the_same_every_time(tmp_path):
    for name in ("a.png", "b.png"):
        draw_contest(found(), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_comparison_is_drawn(tmp_path):
    draw_sizes({"active": SHARES, "uniform": SHARES}, (1, 2), tmp_path / "a.png", title="which")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_an_exchange_is_drawn_the_same_every_time(tmp_path):
    entries = [entry(right, name=str(right)) for right in range(5)]
    for name in ("a.png", "b.png"):
        draw_trade(traded(entries, PARAMETERS, 0), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_figures_are_those_at_the_largest_size():
    assert found().plain["figures"]["orm"] == {"value": 0.5, "low": 0.4, "high": 0.6}
    slopes = {"active": Estimate(0.1, 0.0, 0.2)}
    arms = Comparison(Scale(), {"active": SHARES}, 5, slopes, Estimate(2.6, 1.0, 4.0)).plain
    assert arms["figures"]["active"]["value"] == 0.5
    assert arms["figures"]["active_slope"]["value"] == 0.1
    assert arms["figures"]["slope_ratio"]["value"] == 2.6
