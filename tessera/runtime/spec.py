"""What a child process is, before it runs."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import STDOUT, Popen
from typing import IO

from tessera.runtime.identity import SameUser
from tessera.runtime.spawn import spawn


@dataclass(frozen=True)
class Spec:
    """
    One child: its name in the logs, its command line, where and as whom it runs, and how it ends:
    `stop_signal` asks it to finish, after `stop_seconds` its whole process group is killed.
    `errors` None leaves its error output on ours, for what draws a progress bar there. By its
    `niceness` it gives way to the others where all processors are busy.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path
    ready: Callable[[], bool]
    env: Mapping[str, str] | None = None
    identity: SameUser = field(default_factory=SameUser)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    errors: int | None = STDOUT
    niceness: int = 0

    def start(self, output: int | IO[bytes] | None = None) -> Popen[bytes]:
        """Start it (see `spawn`); it gets its stop signal when the process that starts it dies."""
        return spawn(
            self.argv,
            cwd=self.cwd,
            env=self.env,
            identity=self.identity,
            death_signal=self.stop_signal,
            output=output,
            errors=self.errors,
            niceness=self.niceness,
        )
