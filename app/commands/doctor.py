"""`fathom doctor`: what a service with these settings would lack, and what to do about it."""

import json
import os
from dataclasses import asdict

import typer
from pydantic import JsonValue

from app.commands.options import ConfigFlag, EngineFlag, JsonFlag, read_settings
from app.commands.running import run
from app.doctor import Finding, examine
from app.logs import configure_logs
from app.misspelt import unknown_variables
from app.settings import Settings

_WIDTH = 34
_UNSET = "unset the variable, or name a setting of docs/configuration.md"


def doctor(
    *,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Try configuration, engines, scorers, sandbox and database; exit with 1 if one fails."""
    settings = read_settings(config, engine_url)
    configure_logs("error")
    findings = run(_examined(settings, show=not as_json))
    fine = all(finding.ok for finding in findings)
    if as_json:
        told: list[JsonValue] = [{**asdict(one), "ok": one.ok} for one in findings]
        typer.echo(json.dumps({"ok": fine, "findings": told}))
    if not fine:
        raise typer.Exit(1)


async def _examined(settings: Settings, *, show: bool) -> list[Finding]:
    strange = [Finding("environment", wrong, _UNSET) for wrong in unknown_variables(os.environ)]
    source = f"{settings.config or 'no file'}, and the environment"
    found = [_shown(one, show=show) for one in (Finding("settings", source), *strange)]
    found += [_shown(one, show=show) async for one in examine(settings)]
    return found


def _shown(finding: Finding, *, show: bool) -> Finding:
    """Print a finding as soon as it is made: some take a while."""
    if show:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what:<{_WIDTH}}  {finding.said}")
        if finding.remedy:
            typer.echo(f"      {'':<{_WIDTH}}  to do: {finding.remedy}")
    return finding
