from datetime import date
from math import inf, isclose
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from search.errors import (
    BinUnknown,
    PolicyError,
    PolicyMalformed,
    PolicyMissing,
    PolicyOutdated,
    PolicyUnknowing,
)
from search.policy import (
    Entry,
    FittedOn,
    Interval,
    Measured,
    Option,
    Policy,
    Regressor,
    Row,
    Term,
    read,
    write,
)
from search.prompt_features import NAMES
from search.strategies import BeamSearch, BestOfN, OneSample

FITTED_ON = FittedOn(
    data="0a1b", questions=9, samples=4, seed=0, command="fit", date=date(2026, 1, 2)
)
PLAIN = OneSample(n=1)


def interval(value: float, half: float = 0.02) -> Interval:
    return Interval(value=value, low=value - half, high=value + half)


def option(accuracy: float, tokens: float, strategy=None) -> Option:
    chosen = strategy or BestOfN(n=min(256, int(tokens)))
    return Option(strategy=chosen, accuracy=interval(accuracy), tokens=tokens)


def entry(budget: int, accuracy: float, gain: float, *others: Option) -> Entry:
    return Entry(
        budget=budget, best=option(accuracy, budget), gain=interval(gain), runners_up=others
    )


def row(*entries: Entry, plain: float = 0.4) -> Row:
    return Row(plain=Measured(accuracy=interval(plain), tokens=10), entries=entries)


RISING = row(entry(20, 0.5, 0.1), entry(80, 0.7, 0.2, option(0.6, 40, BeamSearch(n=16))))


def policy(*rows: Row) -> Policy:
    edges = tuple(i / len(rows) for i in range(1, len(rows)))
    return Policy(model="m", estimator="score", edges=edges, fitted_on=FITTED_ON,
                  bins=dict(enumerate(rows, 1)))  # fmt: skip


def test_the_strategy_is_that_of_the_largest_budget_that_fits() -> None:
    chosen = [policy(RISING).choose(1, budget).strategy.n for budget in (20, 79, 80, 10**6)]
    assert chosen == [20, 20, 80, 80]


def test_between_budgets_accuracy_is_on_a_line_over_the_logarithm() -> None:
    choice = policy(RISING).choose(1, 40)
    assert choice.accuracy.value == pytest.approx(0.6)
    assert choice.accuracy.low == pytest.approx(0.58)
    assert choice.tokens == 20


def test_beyond_the_largest_budget_no_more_is_expected() -> None:
    assert policy(RISING).choose(1, inf).accuracy == RISING.entries[-1].best.accuracy


def test_below_the_smallest_budget_it_is_one_plain_sample() -> None:
    choice = policy(RISING).choose(1, 19)
    assert (choice.strategy, choice.accuracy, choice.tokens) == (PLAIN, RISING.plain.accuracy, 10)
    assert choice.reason == (
        "one plain sample: 19 tokens are fewer than 20, the smallest budget that was measured"
    )


def test_less_than_a_sample_takes_may_come_to_nothing() -> None:
    choice = policy(RISING).choose(1, 5)
    assert (choice.accuracy.low, choice.tokens) == (0, 5)
    assert "may be cut" in choice.reason


def test_a_gain_within_noise_is_not_searched_for() -> None:
    choice = policy(row(entry(20, 0.41, 0.01), plain=0.4)).choose(1, 50)
    assert (choice.strategy, choice.accuracy.value) == (PLAIN, 0.4)
    assert choice.runners_up[0].strategy == BestOfN(n=20)
    assert "no search within 50 tokens gains" in choice.reason


def test_the_smaller_budget_wins_ties() -> None:
    table = policy(row(entry(20, 0.5, 0.1), entry(80, 0.5, 0.1), entry(320, 0.49, 0.1)))
    assert table.choose(1, 1000).strategy == BestOfN(n=20)
    assert table.choose(1, 1000).accuracy.value == 0.5


def test_runners_up_are_the_others_that_the_budget_pays() -> None:
    choice = policy(RISING).choose(1, 100)
    assert [other.strategy for other in choice.runners_up] == [BeamSearch(n=16)]
    assert choice.reason.startswith("best_of_n: in bin 1 of 1 it gains 20.0 points [18.0, 22.0]")


def test_each_bin_has_its_own_choice() -> None:
    table = policy(row(entry(20, 0.41, 0.01)), RISING)
    assert [table.bin_of(ease) for ease in (0.5, 0.49)] == [1, 2]
    assert [table.choose(number, 90).strategy for number in (1, 2)] == [PLAIN, BestOfN(n=80)]


@pytest.mark.parametrize("budget", [0, -1, float("nan")])
def test_nothing_is_chosen_for_no_budget(budget: float) -> None:
    with pytest.raises(PolicyError):
        policy(RISING).choose(1, budget)


def test_a_bin_that_is_not_there_is_refused() -> None:
    with pytest.raises(BinUnknown):
        policy(RISING).choose(2, 10)


shares = st.floats(0.02, 0.98)
rows = st.lists(
    st.tuples(st.integers(10, 10**6), shares, st.floats(-0.1, 0.1)),
    min_size=1,
    max_size=6,
    unique_by=lambda cell: cell[0],
).map(lambda cells: row(*(entry(*cell) for cell in sorted(cells))))


@given(rows, st.floats(0.1, 1e7), st.floats(0.1, 1e7))
def test_more_budget_is_never_expected_to_earn_less(drawn: Row, one: float, other: float) -> None:
    less, more = (policy(drawn).choose(1, b) for b in sorted((one, other)))
    assert less.accuracy.value <= more.accuracy.value
    assert less.tokens <= more.tokens


@given(rows, st.floats(0.1, 1e7))
def test_no_choice_is_expected_to_cost_more_than_the_budget(drawn: Row, budget: float) -> None:
    choice = policy(drawn).choose(1, budget)
    assert choice.tokens <= budget
    assert all(other.tokens <= budget for other in choice.runners_up)
    assert choice.accuracy.value >= drawn.plain.accuracy.value


@given(rows)
def test_at_the_budgets_themselves_what_was_measured_is_expected(drawn: Row) -> None:
    for measured in drawn.entries:
        choice = policy(drawn).choose(1, measured.budget)
        known = [drawn.plain, *(one.best for one in drawn.entries)]
        assert any(isclose(choice.accuracy.value, one.accuracy.value) for one in known)


@given(rows)
def test_a_policy_survives_its_file(tmp_path_factory, drawn: Row) -> None:
    file = tmp_path_factory.mktemp("policy") / "policy.yaml"
    table = policy(drawn, RISING)
    write(table, file)
    assert read(file) == table


def reading() -> Policy:
    """A policy that reads how easy a question is from its text."""
    words = Term(mean=2.5, scale=0.5, weight=-0.8)
    return Policy(model="m", estimator="prompt", edges=(), bins={1: RISING},
                  fitted_on=FITTED_ON.model_copy(update={"samples": 0}),
                  regressor=Regressor(bias=0.1, features={"words": words}))  # fmt: skip


def test_a_regressor_can_be_read_by_people_and_survives_its_file(tmp_path: Path) -> None:
    write(reading(), tmp_path / "policy.yaml")
    text = (tmp_path / "policy.yaml").read_text()
    assert "regressor:\n  bias: 0.1\n  features:\n    words: {mean: 2.5, scale: 0.5, " in text
    table = read(tmp_path / "policy.yaml")
    assert table == reading()
    assert table.regressor.ease("How so?") > 0.5 > table.regressor.ease("word " * 20)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.pop("regressor"), "the estimator prompt takes a regressor, which is lacking"),
        (lambda p: p.update(estimator="score"), "the estimator score takes no regressor"),
        (lambda p: p["fitted_on"].update(samples=-1), "fitted_on.samples"),
        (lambda p: p["regressor"].update(features={}), "regressor.features"),
        (lambda p: p["regressor"]["features"].update(wit=p["regressor"]["features"]["words"]),
         "regressor.features: there is no feature wit; there are characters, "),
        (lambda p: p["regressor"]["features"]["words"].update(scale=0), "words.scale"),
        (lambda p: p["regressor"].update(bias=float("nan")), "regressor.bias"),
    ],
)  # fmt: skip
def test_a_regressor_that_cannot_read_says_where_and_why(tmp_path: Path, change, said) -> None:
    with pytest.raises(PolicyMalformed, match=said):
        read(broken(tmp_path, change, reading()))


def test_only_a_question_that_is_read_takes_no_samples(tmp_path: Path) -> None:
    with pytest.raises(PolicyMalformed, match="score takes samples: fitted_on"):
        read(broken(tmp_path, lambda plain: plain["fitted_on"].update(samples=0)))


def test_what_ends_a_step_stays_the_models_affair(tmp_path: Path) -> None:
    write(policy(RISING), tmp_path / "policy.yaml")
    beam = read(tmp_path / "policy.yaml").bins[1].entries[1].runners_up[0].strategy
    assert beam.with_step_end("\n").step_end == "\n"


def test_a_file_can_be_compared_line_by_line(tmp_path: Path) -> None:
    write(policy(RISING), tmp_path / "policy.yaml")
    lines = (tmp_path / "policy.yaml").read_text().splitlines()
    assert lines[:4] == ["version: 1", "model: m", "estimator: score", "edges: []"]
    assert any(line.endswith("strategy: {kind: best_of_n, n: 20}") for line in lines)


def broken(tmp_path: Path, change, table: Policy | None = None) -> Path:
    write(table or policy(RISING, RISING, RISING), tmp_path / "policy.yaml")
    plain = yaml.safe_load((tmp_path / "policy.yaml").read_text())
    change(plain)
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(plain))
    return tmp_path / "policy.yaml"


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PolicyMissing):
        read(tmp_path / "none.yaml")
    with pytest.raises(PolicyMissing):
        write(policy(RISING), tmp_path / "none" / "policy.yaml")


@pytest.mark.parametrize("text", [b"a: [", b"\xff\x00", b"- 1", b"", b"a: 2026-13-45"])
def test_what_is_no_mapping_in_yaml_is_malformed(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "policy.yaml").write_bytes(text)
    with pytest.raises(PolicyMalformed):
        read(tmp_path / "policy.yaml")


@pytest.mark.parametrize("version", [3, None, "1"])
def test_another_version_is_to_be_fitted_anew(tmp_path: Path, version: object) -> None:
    file = broken(tmp_path, lambda plain: plain.update(version=version))
    with pytest.raises(PolicyOutdated) as caught:
        read(file)
    assert caught.value.version == version


def test_a_strategy_that_is_not_installed_is_named(tmp_path: Path) -> None:
    def change(plain) -> None:
        plain["bins"][2]["entries"][0]["best"]["strategy"] = {"kind": "magic"}

    with pytest.raises(PolicyUnknowing, match="magic") as caught:
        read(broken(tmp_path, change))
    assert caught.value.where.startswith("bins.2.entries.0.best.strategy")


def first(plain) -> dict:
    return plain["bins"][1]["entries"][0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.update(edges=[0.6, 0.3]), "edges do not rise"),
        (lambda p: p.update(edges=[0.3, float("nan")]), "edges.1"),
        (lambda p: p["bins"].pop(2), "bin 2 of 3 is lacking"),
        (lambda p: p["bins"].update({4: p["bins"][1]}), "there is a bin 4"),
        (lambda p: p["bins"][1]["entries"].reverse(), "budgets do not rise"),
        (lambda p: p["bins"][1].update(entries=[]), "entries"),
        (lambda p: first(p)["best"].update(tokens=21), "more than the budget of 20"),
        (lambda p: first(p)["best"]["accuracy"].update(low=0.9), "not in its interval"),
        (lambda p: first(p)["best"]["strategy"].update(n=0), "strategy.best_of_n.n"),
        (lambda p: first(p)["gain"].update(value=float("inf")), "gain.value"),
        (lambda p: p.update(spelling=1), "spelling"),
        (lambda p: p.pop("model"), "model"),
    ],
)
def test_a_file_that_is_no_policy_says_where_and_why(tmp_path: Path, change, said: str) -> None:
    with pytest.raises(PolicyMalformed, match=said):
        read(broken(tmp_path, change))


def test_the_policy_in_the_documents_does_what_they_say(tmp_path: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    (tmp_path / "policy.yaml").write_text(docs.partition("```yaml policy\n")[2].partition("```")[0])
    table = read(tmp_path / "policy.yaml")
    chosen = [table.choose(number, 2000).strategy for number in (1, 2)]
    assert chosen == [PLAIN, BeamSearch(n=16, width=4)]


def test_the_table_of_features_is_what_is_counted() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    table = docs.partition("| feature | of the question |\n|---|---|\n")[2].partition("\n\n")[0]
    named = [line.split("`")[1] for line in table.splitlines()]
    assert sorted(named) == sorted(NAMES)


def test_the_regressor_in_the_documents_can_be_read() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    block = docs.partition("```yaml regressor\n")[2].partition("```")[0]
    regressor = Regressor.model_validate(yaml.safe_load(block)["regressor"])
    assert regressor.ease("How so?") > regressor.ease("How many of 1, 2 and 3 are 4?")
