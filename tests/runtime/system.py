"""Starts the real `tessera up` in a folder of its own, and looks at what it left."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PLACES = ("DATABASE_URL", "REDIS_URL", "TESSERA_DATA", "TESSERA_BROKER_URL")


def wait_until(claim: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until `claim` holds; an AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def environment(data: Path, **more: str) -> dict[str, str]:
    """That of a newcomer: no servers named, no demo data."""
    kept = {name: value for name, value in os.environ.items() if name not in _PLACES}
    return kept | {"TESSERA_DATA": str(data), "TESSERA_DEMO": "0"} | more


def tessera(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `tessera` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "tessera.cli", *arguments],
        env=environment(data, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def inside(data: Path, script: str, **more: str) -> str:
    """The last line that a script prints in the environment of the system there."""
    made = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{script.strip()}"],
        env=environment(data, **more) | {"DJANGO_SETTINGS_MODULE": "tessera.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return made.stdout.strip().splitlines()[-1]


class System:
    """One `tessera up`, with `more` settings."""

    def __init__(self, data: Path, port: int, **more: str) -> None:
        self.data = data
        self.port = port
        self._log = data.with_name(data.name + ".log")
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tessera.cli", "up"],
                # As under make: it ends when we do.
                env=environment(data, TESSERA_PORT=str(port), MAKELEVEL="1", **more),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """All that it has printed."""
        return self._log.read_text()

    def wait_ready(self) -> None:
        """Until it says so itself."""
        try:
            wait_until(self._said_ready, seconds=120)
        except AssertionError:
            self.kill()
            raise AssertionError(self.output) from None

    def ready(self) -> dict[str, Any]:
        """The answer of /api/ready, or an empty one while nobody answers."""
        try:
            url = f"http://127.0.0.1:{self.port}/api/ready"
            with urllib.request.urlopen(url, timeout=30) as answer:
                body: dict[str, Any] = json.load(answer)
                return body
        except OSError:
            return {}

    def children(self) -> dict[str, int]:
        """The pids by name, as the supervisor noted them."""
        noted = json.loads((self.data / "run" / "children").read_text())
        return {name: pid for name, (pid, _) in noted["children"].items()}

    def kill(self) -> None:
        """SIGKILL to the supervisor alone."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def _said_ready(self) -> bool:
        assert self.process.poll() is None, self.output
        return "Tessera is ready at" in self.output


def processes_in(data: Path) -> list[str]:
    """Command lines of the processes that have to do with the data folder, zombies left out."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        ours = f"TESSERA_DATA={data}\0".encode() in environ or str(data) in command
        if command and ours and entry.name != str(os.getpid()):
            found.append(f"{entry.name} {command}")
    return found
