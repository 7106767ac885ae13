"""Who the database server runs as: PostgreSQL refuses root, so root needs another face."""

import ctypes
import ctypes.util
import os
import pwd
import sys
from dataclasses import dataclass, field
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_BIND = 4096
_MS_REC = 16384
_MS_PRIVATE = 1 << 18
# Accounts that exist on nearly every system and own nothing; PostgreSQL wants one with a name.
_ORDINARY_ACCOUNTS = ("postgres", "daemon", "nobody")
_MOUNTS = Path("/mnt")

_libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def ordinary_account() -> pwd.struct_passwd | None:
    """An account of this machine that is not root, or None."""
    for name in _ORDINARY_ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


@dataclass(frozen=True)
class SameUser:
    """The server runs as whoever starts it."""

    owner: int = field(default_factory=os.geteuid)

    def path(self, path: Path) -> Path:
        """What `path` is called for the server."""
        return path

    def admit_to(self, sockets: Path) -> None:
        """Let it make its socket in the folder `sockets`, which stays ours."""

    def take_on(self) -> None:
        """Become this identity; called in the forked child, before its program starts."""


@dataclass(frozen=True)
class MappedUser(SameUser):
    """
    A user namespace in which our own uid has the number of an ordinary account: the server sees
    itself as that account, the files stay ours, and nobody's modes have to be changed.
    """

    uid: int = 1
    gid: int = 1

    def take_on(self) -> None:
        outer_uid, outer_gid = os.geteuid(), os.getegid()
        _check(_libc.unshare(_CLONE_NEWUSER))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{self.uid} {outer_uid} 1")
        Path("/proc/self/gid_map").write_text(f"{self.gid} {outer_gid} 1")


@dataclass(frozen=True)
class OtherUser(SameUser):
    """
    Another system user. Folders that this user cannot reach (a checkout below root's home) are
    shown to it by bind mounts in a private mount namespace, which no other process sees.
    """

    gid: int = 1
    mounts: tuple[tuple[Path, Path], ...] = ()

    def path(self, path: Path) -> Path:
        for source, target in self.mounts:
            if path.is_relative_to(source):
                return target / path.relative_to(source)
        return path

    def admit_to(self, sockets: Path) -> None:
        os.chown(sockets, -1, self.gid)
        sockets.chmod(0o730)

    def take_on(self) -> None:
        if self.mounts:
            self._mount()
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.owner)

    def _mount(self) -> None:
        _check(_libc.unshare(_CLONE_NEWNS))
        _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))
        _check(_libc.mount(b"tmpfs", os.fsencode(_MOUNTS), b"tmpfs", 0, b"mode=0755"))
        for source, target in self.mounts:
            target.mkdir(parents=True)
            _check(
                _libc.mount(
                    os.fsencode(source), os.fsencode(target), None, _MS_BIND | _MS_REC, None
                )
            )


def candidates(folders: tuple[Path, ...]) -> list[SameUser]:
    """
    The identities to try for a server that needs `folders`, best first. An ordinary user with a
    name in the system's list of users is simply itself.
    """
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return [SameUser()]
    account = ordinary_account()
    if account is None:
        return []
    found: list[SameUser] = []
    if sys.platform == "linux":
        found.append(MappedUser(uid=account.pw_uid, gid=account.pw_gid))
    if os.geteuid() == 0:
        found.append(OtherUser(owner=account.pw_uid, gid=account.pw_gid))
        if sys.platform == "linux":
            found.append(
                OtherUser(owner=account.pw_uid, gid=account.pw_gid, mounts=_mounts(folders))
            )
    return found


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _mounts(folders: tuple[Path, ...]) -> tuple[tuple[Path, Path], ...]:
    return tuple((folder, _MOUNTS / str(index)) for index, folder in enumerate(folders))
