"""What `tessera up` prints: its own lines and its children's, each under its name."""

import json
import os
import select
import sys
from collections import deque

_COLOURS = {
    "tessera": "1",
    "postgres": "34",
    "valkey": "35",
    "web": "32",
    "worker": "33",
    "beat": "36",
}
_WIDTH = max(map(len, _COLOURS))
# A pipe that select() calls writable takes this much without blocking.
_PIECE = 4096
_KEPT_LINES = 2000


class Console:
    """
    Lines for standard output. It never waits for the reader: when that does not keep up, the
    oldest lines are dropped, for a supervisor that blocks on its log can restart nothing.
    """

    def __init__(self, *, json_lines: bool) -> None:
        self._json = json_lines
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._waiting: deque[bytes] = deque(maxlen=_KEPT_LINES)
        self._descriptor = sys.stdout.fileno()
        self._gone = False

    @property
    def behind(self) -> bool:
        """Whether lines wait for the reader."""
        return bool(self._waiting)

    def say(self, text: str) -> None:
        """A line of our own, as it is."""
        line = json.dumps({"process": "tessera", "message": text}) if self._json else text
        self._put(line)

    def pass_on(self, name: str, line: str) -> None:
        """A line of the child `name`."""
        if not self._json:
            label = f"{name:<{_WIDTH}} │"
            if self._colour:
                label = f"\x1b[{_COLOURS.get(name, '0')}m{label}\x1b[0m"
            self._put(f"{label} {line}")
        elif line.startswith("{") and line.endswith("}"):
            self._put(f'{{"process": {json.dumps(name)}, {line[1:]}')
        else:
            self._put(json.dumps({"process": name, "message": line}, ensure_ascii=False))

    def flush(self, *, wait_seconds: float = 0.0) -> None:
        """Write what the reader takes; wait for it at most `wait_seconds`."""
        while self._waiting and not self._gone:
            _, writable, _ = select.select([], [self._descriptor], [], wait_seconds)
            if not writable:
                return
            piece = self._waiting.popleft()
            try:
                written = os.write(self._descriptor, piece[:_PIECE])
            except OSError:  # nobody reads any more
                self._gone = True
                return
            if rest := piece[written:]:
                self._waiting.appendleft(rest)

    def _put(self, line: str) -> None:
        if not self._gone:
            self._waiting.append(line.encode(errors="replace") + b"\n")
            self.flush()
