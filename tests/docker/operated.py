"""What docs/operate.md has an operator do, done without a container engine.

Commands in our images run as processes, on a real Postgres; of commands that only a container
engine can carry out, the services and flags are held against the compose file.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"]
COMPOSE = ["docker", "compose", "-f", "docker/compose.yaml"]
FATHOM = str(Path(sys.executable).with_name("fathom"))
_ENGINES = {"build": set(), "up": {"--detach"}, "stop": set(), "down": set(), "logs": {"--tail"}}


@dataclass
class Machine:
    """A folder with the files that operators edit, a database, and in time a server."""

    folder: Path
    database: str
    server: subprocess.Popen[str] | None = None
    address: str = ""
    said: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {"FATHOM_DATABASE": self.database, "FATHOM_KEYS": "required"}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FATHOM_")}
        return kept | own | {"PATH": f"{Path(FATHOM).parent}:{os.environ['PATH']}"}

    def do(self, command: str) -> None:
        """Do what one command says."""
        words, _, into = command.replace("\\\n", "").partition(" > ")
        said = shlex.split(words)
        if said[:4] != COMPOSE:
            self._shell(command.replace("http://localhost:8000", self.address))
        elif said[4] in ("run", "exec"):
            self._inside(said[5:], words, into)
        elif said[4] == "kill":
            self._signal(said[5:])
        else:
            self._engine(said[4], said[5:])

    def _shell(self, line: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.said.append(done.stdout)
        return done.stdout

    def _inside(self, said: list[str], words: str, into: str) -> None:
        """Run in place what is to run in a service's container."""
        flags = [word for word in said if word in ("--rm", "-T")]
        service = said[len(flags)]
        assert service in SERVICES
        inside = words[words.index(f" {service} ") + len(service) + 2 :]
        if service == "postgres":
            inside = self._of_postgres(inside)
        self._shell(f"{inside} > {into}" if into else inside)

    def _of_postgres(self, inside: str) -> str:
        program, *rest = shlex.split(inside)
        assert rest == ["--username", "fathom", "fathom"]
        assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == "fathom"
        assert shutil.which(program), f"{program} is not installed"
        return f"{program} {self.database}"

    def _signal(self, said: list[str]) -> None:
        assert said[:2] == ["--signal", "SIGHUP"]
        assert said[2] in SERVICES
        assert self.server
        self.server.send_signal(1)

    def _engine(self, what: str, said: list[str]) -> None:
        flags = {word for word in said if word.startswith("-")}
        named = [word for word in said if not word.startswith("-") and not word.isdigit()]
        assert flags <= _ENGINES[what]
        assert set(named) <= set(SERVICES)
        if what == "up" and not named:
            self._start()

    def _start(self) -> None:
        """Start what `up` starts of ours, once: again it finds that it runs."""
        if self.server:
            return
        self.server = subprocess.Popen(
            [FATHOM, "serve", "--port", "0"], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.server.stdout
        for line in self.server.stdout:
            if found := re.match(r" +address +(http://\S+)/v1$", line.rstrip()):
                self.address = found[1]
                return
        raise AssertionError(f"the server ended with {self.server.wait()}")


@contextmanager
def machine(folder: Path, database: str) -> Iterator[Machine]:
    """A machine that is left as it was found."""
    shutil.copytree(ROOT / "docker", folder / "docker")
    here = Machine(folder, database)
    try:
        yield here
    finally:
        if here.server:
            here.server.terminate()
            with suppress(subprocess.TimeoutExpired):
                here.server.wait(20)
            here.server.kill()
            here.server.communicate()
