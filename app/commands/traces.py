"""`fathom traces`: searches that a running service keeps: listed, shown, exported, deleted."""

import json
import time
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote, urlencode

import typer

from app.commands.address import http_url
from app.commands.options import JsonFlag, KeyEnvFlag
from app.commands.remote import Remote

_PATH = "/v1/search/traces"

traces = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="List, show, export or delete the searches that a running service keeps.",
)
WhereFlag: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", callback=http_url, help="Where it listens, if not on this machine."
    ),
]
Ids: TypeAlias = Annotated[list[str], typer.Argument(metavar="ID...", help="As `list` has them.")]


@traces.command("list")
def list_traces(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, at most.")] = 20,
    after: Annotated[str | None, typer.Option(metavar="ID", help="Those behind this one.")] = None,
    strategy: Annotated[str | None, typer.Option(metavar="KIND", help="Of this alone.")] = None,
    as_json: JsonFlag = False,
    url: WhereFlag = None,
    key_env: KeyEnvFlag = None,
) -> None:
    """List searches, the newest first."""
    asked = {"limit": limit, "after": after, "strategy": strategy}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    listed = Remote.of(url, key_env).tell("GET", f"{_PATH}?{query}")
    typer.echo(json.dumps(listed) if as_json else "\n".join(map(_line, listed["data"])))


@traces.command()
def show(
    trace: Annotated[str, typer.Argument(metavar="ID", help="As `list` has it.")],
    *,
    as_json: JsonFlag = False,
    url: WhereFlag = None,
    key_env: KeyEnvFlag = None,
) -> None:
    """Show a search: what was asked and answered, by which strategy, for how much."""
    told = Remote.of(url, key_env).tell("GET", _path(trace))
    typer.echo(json.dumps(told) if as_json else _shown(told))


@traces.command()
def export(
    ids: Ids,
    *,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder to write to.")],
    url: WhereFlag = None,
    key_env: KeyEnvFlag = None,
) -> None:
    """Write searches to files that `fathom replay` and `fathom export` read."""
    remote = Remote.of(url, key_env)
    out.mkdir(parents=True, exist_ok=True)
    for trace in ids:
        file = out / f"{Path(trace).name}.json"
        file.write_bytes(remote.ask("GET", f"{_path(trace)}/export"))
        typer.echo(file)


@traces.command()
def delete(ids: Ids, *, url: WhereFlag = None, key_env: KeyEnvFlag = None) -> None:
    """Delete searches."""
    remote = Remote.of(url, key_env)
    for trace in ids:
        remote.ask("DELETE", _path(trace))
        typer.echo(f"deleted  {trace}")


def _path(trace: str) -> str:
    return f"{_PATH}/{quote(trace, safe='')}"


def _line(row: dict[str, Any]) -> str:
    score = "  none" if row["score"] is None else f"{row['score']:6.3f}"
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row["created"]))
    question = " ".join(row["question"].split())[:60]
    tokens = f"{row['tokens']['generated']:7d}"
    return f"{row['id']}  {at}  {row['strategy']:20s} {score} {tokens}  {question}"


def _shown(told: dict[str, Any]) -> str:
    tokens, answer = told["tokens"], told["answer"]
    choices = [] if answer is None else answer["choices"]
    said = choices[0]["message"]["content"] if choices else "(of this search the summary is kept)"
    lines = [
        told["question"],
        "",
        said or "(a call of tools: --json shows it)",
        "",
        f"model     {told['model']}",
        f"strategy  {told['strategy']}, score {told['score']}",
        f"tokens    {tokens['generated']} drawn, {tokens['discarded']} of them not in the answer, "
        f"{tokens['verifier']} by verifiers",
        f"seconds   {told['seconds']:.1f}",
        f"stop      {told['stop']}",
    ]
    return "\n".join(lines)
