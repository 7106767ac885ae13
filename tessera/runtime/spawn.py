"""How every child is started: its own session, and an end when its parent ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from tessera.runtime.identity import SameUser

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, signum: int) -> None:
    """
    Let the kernel send `signum` to this process when `parent` ends, also by SIGKILL (Linux only).
    The death signal belongs to the thread that forked: start children from the main thread.
    """
    if sys.platform != "linux":
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if os.getppid() != parent:  # the parent ended before the line above
        os.kill(os.getpid(), signum)


def spawn(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    identity: SameUser | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    output: int | IO[bytes] | None = None,
    errors: int | None = subprocess.STDOUT,
) -> subprocess.Popen[bytes]:
    """
    Start `argv` in a session of its own, standard input closed, its output to `output` (None: to
    ours), its error output to the same or to `errors`.

    Raises OSError if the program or `cwd` cannot be reached and subprocess.SubprocessError if
    `identity` cannot be taken on.
    """
    return subprocess.Popen(
        [os.fspath(part) for part in argv],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        # Safe: the processes that call this have one thread.
        preexec_fn=_preparation(identity or SameUser(), cwd, death_signal),  # noqa: PLW1509
    )


def _preparation(identity: SameUser, cwd: Path, death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        identity.take_on()
        # After the change of user, which clears the death signal, and in the server's own view.
        die_with_parent(parent, death_signal)
        os.chdir(identity.path(cwd))

    return prepare
