"""The dashboard and the alerts: all that they ask of is counted."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.metrics import Metrics
from tests.app.client import ASK, an_app, call_app

FOLDER = Path(__file__).parents[2] / "docker" / "observability"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = [(p["title"], t["expr"]) for p in DASHBOARD["panels"] for t in p["targets"]]
ALERTS = [(rule["alert"], rule["expr"]) for rule in RULES]
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}


def counted() -> Iterator[tuple[str, set[str]]]:
    """Give the name of each series, and its labels."""
    for one in Metrics().registry._collector_to_names:
        labels = {"version"} if one._type == "info" else set(one._labelnames)
        for suffix in SUFFIXES.get(one._type, [""]):
            yield one._name + suffix, labels | ({"le"} if suffix == "_bucket" else set())


SERIES = dict(counted())


@pytest.mark.parametrize(("name", "expression"), [*PANELS, *ALERTS])
def test_what_is_asked_for_is_counted_with_the_labels_asked_by(name: str, expression: str) -> None:
    asked = re.findall(r"(fathom_\w+)(?:\{([^}]*)\})?", expression)
    assert asked
    for series, matchers in asked:
        assert series in SERIES
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)) <= SERIES[series]
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", expression)
               for label in by.split(",")}  # fmt: skip
    assert grouped <= set.union(*(SERIES[series] for series, _ in asked))


@pytest.mark.parametrize("expression", [expression for _, expression in [*PANELS, *ALERTS]])
def test_brackets_are_closed(expression: str) -> None:
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing)


def test_panels_do_not_overlap_and_have_numbers_of_their_own() -> None:
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in DASHBOARD["panels"]]
    ids = [p["id"] for p in DASHBOARD["panels"]]
    assert len(set(places)) == len(set(ids)) == len(DASHBOARD["panels"]) == 14


def test_every_alert_says_what_is_wrong_and_how_urgent_it_is() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith((".", "server's."))


async def test_the_values_of_labels_that_are_asked_by_are_given() -> None:
    app = an_app()
    await call_app(app, "POST", "/v1/chat/completions", json=ASK)
    text = (await call_app(app, "GET", "/metrics")).text
    for _, expression in [*PANELS, *ALERTS]:
        for label, value in re.findall(r'(kind|endpoint)="([^"]*)"', expression):
            assert f'{label}="{value}"' in text
