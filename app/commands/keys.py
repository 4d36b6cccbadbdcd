"""`fathom keys`: the keys that a service takes, made, listed and revoked in its database."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.commands.options import ConfigFlag, JsonFlag, read_settings, sentence
from app.commands.running import run
from app.errors import DatabaseOff
from app.keys.accounts import today
from app.keys.issue import Issued, issue
from app.keys.limits import SCOPES, Limits
from app.opening import make_folder
from app.store import Key, KeyDay, Store, open_store
from app.store.keys import add_key, every_key, revoke_key, spent_on

keys = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Make, list and revoke the keys of a service.",
)


def _known(scopes: list[str] | None) -> list[str]:
    for scope in scopes or ():
        if scope not in SCOPES:
            raise typer.BadParameter(f"{scope!r} is none; there are {', '.join(sorted(SCOPES))}")
    return scopes or ["chat"]


@keys.command()
def create(
    *,
    name: Annotated[str, typer.Option(help="Whose it is, or what for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(sorted(SCOPES)),
            callback=_known,
            help="What it may be used for: chat unless given; repeat.",
        ),
    ] = None,
    requests_per_minute: Annotated[int | None, typer.Option(help="Requests a minute.")] = None,
    tokens_per_minute: Annotated[int | None, typer.Option(help="Tokens a minute.")] = None,
    concurrent_searches: Annotated[int | None, typer.Option(help="Searches at a time.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Completion tokens a search.")] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Seconds a search.")] = None,
    max_flops: Annotated[float | None, typer.Option(help="FLOPs a search.")] = None,
    max_calls: Annotated[int | None, typer.Option(help="Calls of model servers a search.")] = None,
    max_cost: Annotated[float | None, typer.Option(help="Money a search.")] = None,
    daily_tokens: Annotated[int | None, typer.Option(help="Tokens a day, of UTC.")] = None,
    daily_cost: Annotated[float | None, typer.Option(help="Money a day, of UTC.")] = None,
    weight: Annotated[float, typer.Option(help="Its share where others wait, too.")] = 1.0,
    keep: Annotated[
        bool, typer.Option(help="Whether its searches and completions may be kept.")
    ] = True,
    expires_in_days: Annotated[
        float | None, typer.Option(min=0, help="Days until it is of no use; for ever if absent.")
    ] = None,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Make a key, and print its secret: once, for only a digest of it is kept."""
    given = {
        "requests_per_minute": requests_per_minute,
        "tokens_per_minute": tokens_per_minute,
        "concurrent_searches": concurrent_searches,
        "budget": {
            "tokens": max_tokens,
            "seconds": max_seconds,
            "flops": max_flops,
            "calls": max_calls,
            "cost": max_cost,
        },
        "daily_tokens": daily_tokens,
        "daily_cost": daily_cost,
        "weight": weight,
        "kept": keep,
    }
    issued = issue(name, scope or ("chat",), _limits(given), expires_in_days)
    told = _plain(issued.key) | {"secret": issued.secret}
    run(_kept(issued, config))
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(issued.secret)
    typer.echo(f"{told['id']} is made; its secret is shown this once, and not kept", err=True)


@keys.command(name="list")
def list_keys(*, as_json: JsonFlag = False, config: ConfigFlag = None) -> None:
    """List all keys, without their secrets, with what was spent on them today."""
    found = run(_listed(config))
    if as_json:
        data = [_plain(key) | {"today": _spent(spent)} for key, spent in found]
        typer.echo(json.dumps({"object": "list", "data": data}))
        return
    typer.echo("\n\n".join("\n".join(_lines(key, spent)) for key, spent in found) or "no keys")


@keys.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The key's, as in the list.")],
    *,
    config: ConfigFlag = None,
) -> None:
    """Take a key back: within seconds no running service takes it."""
    key = run(_revoked(id_, config))
    typer.echo(f"{key.id} ({key.name}) is revoked")


def _limits(given: dict[str, Any]) -> Limits:
    try:
        return Limits.model_validate(given)
    except ValidationError as error:
        raise typer.BadParameter(sentence(error)) from error


async def _kept(issued: Issued, config: Path | None) -> None:
    async with _store(config) as store:
        await add_key(store, issued.key)


async def _listed(config: Path | None) -> list[tuple[Key, KeyDay]]:
    async with _store(config) as store:
        return [(key, await spent_on(store, key.id, today())) for key in await every_key(store)]


async def _revoked(id_: str, config: Path | None) -> Key:
    async with _store(config) as store:
        return await revoke_key(store, id_, time.time())


@asynccontextmanager
async def _store(config: Path | None) -> AsyncIterator[Store]:
    where = read_settings(config, None).database
    if where is None:
        raise DatabaseOff
    make_folder(where)
    async with open_store(where) as store:
        yield store


def _plain(key: Key) -> dict[str, Any]:
    names = ("id", "name", "prefix", "scopes", "limits", "made", "expires", "revoked")
    return {name: getattr(key, name) for name in names}


def _spent(spent: KeyDay) -> dict[str, Any]:
    return {"requests": spent.requests, "tokens": spent.tokens, "cost": spent.cost}


def _lines(key: Key, spent: KeyDay) -> Iterator[str]:
    yield f"{key.id}  {key.name}"
    yield f"    secret   {key.prefix}..."
    yield f"    scopes   {', '.join(key.scopes)}"
    yield f"    limits   {json.dumps(key.limits)}"
    yield f"    made     {_when(key.made)}"
    if key.expires is not None:
        yield f"    expires  {_when(key.expires)}"
    if key.revoked is not None:
        yield f"    revoked  {_when(key.revoked)}"
    yield f"    today    {spent.requests} requests, {spent.tokens} tokens, cost {spent.cost:g}"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
