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

from sandbox.ceiling import Ceiling
from sandbox.errors import SandboxError
from sandbox.serving import KEY, serve
from sandbox.tier import choose


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to end; return the status to end with."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve sandboxes.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free")
    given = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(given.host, given.port, os.environ.pop(KEY, None)))
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _serve(host: str, port: int, key: str | None) -> None:
    recipe = (await choose()).recipe
    await serve(recipe, Ceiling(), host=host, port=port, key=key, announce=_announce)


def _announce(url: str) -> None:
    sys.stdout.write(json.dumps({"address": url}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
