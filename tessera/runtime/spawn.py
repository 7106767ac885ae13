"""How every child is started: its own session, and an end when its parent ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
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
    niceness: int = 0,
) -> subprocess.Popen[bytes]:
    """
    Start `argv` in a session of its own, standard input closed, its output to `output` (None: to
    ours), its error output to the same or to `errors`. By its `niceness`, 1 to 19, it gives way to
    others where all processors are busy.

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
        preexec_fn=_preparation(  # noqa: PLW1509
            identity or SameUser(), cwd, death_signal, niceness
        ),
    )


def _preparation(
    identity: SameUser, cwd: Path, death_signal: signal.Signals, niceness: int
) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if niceness:
            _give_way(niceness)
        identity.take_on()
        # After the change of user, which clears the death signal, and in the server's own view.
        die_with_parent(parent, death_signal)
        os.chdir(identity.path(cwd))

    return prepare


def _give_way(niceness: int) -> None:
    """Where the kernel shares processors between sessions first, niceness counts within one alone."""
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))
