"""`fathom strategies`: what there is to choose from."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from app.catalogue import strategy_card
from app.commands.options import JsonFlag
from search.registry import KINDS

_BOUNDS = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
    "minLength": "length >=",
    "maxLength": "length <=",
}
"""How JSON Schema's names of bounds read."""


def strategies(as_json: JsonFlag = False) -> None:
    """List the strategies: where each comes from, what it costs, what it can be told."""
    cards = [strategy_card(cls) for cls in KINDS.values()]
    if as_json:
        typer.echo(json.dumps(cards))
    else:
        typer.echo("\n\n".join("\n".join(_lines(card)) for card in cards))


def _lines(card: Mapping[str, Any]) -> Iterator[str]:
    yield f"{card['kind']}  {card['description'].splitlines()[0]}"
    yield f"    source  {card['paper']}"
    yield f"    cost    {card['cost']}"
    for name, schema in card["parameters"].items():
        default = json.dumps(schema["default"]) if "default" in schema else "(required)"
        bounds = "".join(f", {sign} {schema[bound]}" for bound, sign in _BOUNDS.items()
                         if bound in schema)  # fmt: skip
        about = schema.get("description", "")
        yield f"    {name} = {default}{bounds}{f'  # {about}' if about else ''}"
