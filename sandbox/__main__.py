"""`python -m sandbox`: serves sandboxes, for whoever started it as a child.

Says `{"address": "http://127.0.0.1:PORT"}` on standard output when programs can be run. The key
that requests must show comes in the environment variable `FATHOM_SANDBOX_KEY`, not on the command
line, which anyone on the machine can read.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.ceiling import Ceiling
from sandbox.errors import SandboxError
from sandbox.serving import KEY, serve
from sandbox.tier import choose
from sandbox.wire import MEBIBYTE


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to end; return the status to end with."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve sandboxes.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free")
    parser.add_argument("--bwrap", type=Path, help="the only bubblewrap to use")
    ours = Ceiling()
    parser.add_argument("--runs", type=int, default=ours.runs, help="programs at once")
    parser.add_argument("--queue", type=int, default=ours.queue, help="requests that wait")
    parser.add_argument("--warm", type=int, default=ours.warm, help="sandboxes started ahead")
    parser.add_argument("--seconds", type=float, default=ours.seconds, help="of a run, at most")
    parser.add_argument(
        "--memory-mb", type=int, default=ours.memory_bytes // MEBIBYTE, help="of a run, at most"
    )
    try:
        asyncio.run(_serve(parser.parse_args(arguments), os.environ.pop(KEY, None)))
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _serve(given: argparse.Namespace, key: str | None) -> None:
    memory_bytes = given.memory_mb * MEBIBYTE
    ceiling = Ceiling(given.runs, given.queue, given.warm, given.seconds, memory_bytes)
    recipe = (await choose(given.bwrap)).recipe
    await serve(recipe, ceiling, host=given.host, port=given.port, key=key, announce=_announce)


def _announce(url: str) -> None:
    sys.stdout.write(json.dumps({"address": url}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
