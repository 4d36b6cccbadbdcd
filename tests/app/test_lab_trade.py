from app.commands.lab_trade import trade_lines
from evaluation.lab.trade import traded
from tests.evaluation.lab.trade_world import PARAMETERS, entry


def test_the_table_says_who_wins_each_bin():
    lines = list(trade_lines(traded([entry(4, 4, large=False)] * 6, PARAMETERS, 0).plain))
    row = "oracle      1    6  1.000  0.000  0.16    4  weighted 1.000  +1.000 [+1.000, +1.000]"
    assert f"{row} test-time" in lines
    assert "M          14.00" in lines


def test_it_is_said_where_the_samples_are_fewer_than_allowed():
    lines = list(trade_lines(traded([entry(of=63)], PARAMETERS, 0).plain))
    assert [line for line in lines if "capped" in line] == [
        "R 0.16     257.8 x, N = 63, capped by the samples: 1.26e+05 of 5.44e+05 FLOPs a problem; "
        "the verifier's, not counted, 16 x"
    ]
