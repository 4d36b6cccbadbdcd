"""`python -m tests.readme`: try every example, and say which are not as the README has them."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.readme.blocks import Example, examples
from tests.readme.checks import Wrong
from tests.readme.trials import trial
from tests.readme.world import ROOT, World, world


def main() -> int:
    """Try them all; the number of those that failed, at most 1, is the exit code."""
    # Being told to end is an exit like any other, so that the server is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    found = list(examples((ROOT / "README.md").read_text()))
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as here:
        failed = sum(not _passes(example, here) for example in found)
    sys.stdout.write(f"{len(found) - failed} passed, {failed} failed\n")
    return min(1, failed)


def _passes(example: Example, here: World) -> bool:
    began = time.monotonic()
    try:
        trial(example)(example, here)
    except (Wrong, OSError, subprocess.TimeoutExpired, json.JSONDecodeError, LookupError) as error:
        sys.stdout.write(f"FAILED {example}\n{error}\n")
        return False
    sys.stdout.write(f"ok     {example} ({time.monotonic() - began:.1f} s)\n")
    sys.stdout.flush()
    return True


if __name__ == "__main__":
    sys.exit(main())
