"""Hosts on one machine: network namespaces on one bridge, each with an address of its own.

Made in namespaces of their own (`enter` begins those), so that nothing of it is seen outside, and all of it, processes
too, is gone when the one that made it ends.
"""

import ctypes
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tessera.runtime.identity import SameUser

NETWORK = "10.89.0"
CLIENT = f"{NETWORK}.1"
_CLONE_NEWNET = 0x40000000
_INSIDE = "TESSERA_HOSTS_INSIDE"
_libc = ctypes.CDLL(None, use_errno=True)


def enter() -> None:
    """Start this program anew in namespaces of its own, as process 1 of them."""
    if os.environ.get(_INSIDE):
        return
    os.environ |= {_INSIDE: "1", "TESSERA_TEST_ADDRESS": CLIENT}
    namespaces = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
    command = ("unshare", *namespaces, sys.executable, *sys.orig_argv[1:])
    os.execvp(command[0], command)  # noqa: S606 -- our own list of arguments


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@dataclass(frozen=True)
class Host:
    """One host, known by its name and the last number of its address."""

    name: str
    number: int

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    def cut_off(self) -> None:
        """No packet comes or goes; nobody is told."""
        _ip("link", "set", f"v-{self.name}", "down")

    def join(self) -> None:
        """The cable is in again."""
        _ip("link", "set", f"v-{self.name}", "up")

    def make(self) -> None:
        outside, inside = f"v-{self.name}", f"i-{self.name}"
        _ip("netns", "add", self.name)
        _ip("link", "add", outside, "type", "veth", "peer", "name", inside)
        _ip("link", "set", outside, "master", "hosts", "up")
        _ip("link", "set", inside, "netns", self.name)
        for words in (
            ("addr", "add", f"{self.address}/24", "dev", inside),
            ("link", "set", inside, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", self.name, *words)


def make(*hosts: Host) -> None:
    """The bridge with our own address, and the hosts on it."""
    folder = Path("/run/netns")
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    _ip("link", "set", "lo", "up")
    _ip("link", "add", "hosts", "type", "bridge")
    _ip("addr", "add", f"{CLIENT}/24", "dev", "hosts")
    _ip("link", "set", "hosts", "up")
    for host in hosts:
        host.make()


@dataclass(frozen=True)
class On(SameUser):
    """Whoever `user` is, on that host."""

    host: str = ""
    user: SameUser = field(default_factory=SameUser)

    def path(self, path: Path) -> Path:
        return self.user.path(path)

    def admit_to(self, sockets: Path) -> None:
        self.user.admit_to(sockets)

    def take_on(self) -> None:
        with Path(f"/run/netns/{self.host}").open() as namespace:
            if _libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        self.user.take_on()
