"""What goes with a message to the workers: the ids of the log lines of whoever tells them, and when it was."""

import time
from typing import Any

from celery import signals

from tessera.lib import logs

HEADER = "tessera"


def tell() -> None:
    """From now on what this process publishes carries the header."""
    signals.before_task_publish.connect(_tell)


def _tell(headers: dict[str, Any] | None = None, **_signal: Any) -> None:
    if headers is not None:
        headers[HEADER] = {"at": time.time(), "ids": logs.to_tell()}
