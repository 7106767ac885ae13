"""Whether a worker is at work: each one leaves a mark in the cache that soon expires."""

from datetime import timedelta
from typing import Any

from celery import bootsteps

from tessera.lib import pulse

_EVERY_SECONDS = 4.0
_LASTS = timedelta(seconds=15)


def worker_alive() -> bool:
    """Whether some worker was connected to the broker within the last seconds."""
    return pulse.last(pulse.WORKER) is not None


def mark_alive() -> None:
    """Leave the mark; a cache that is away only makes the worker seem to be."""
    pulse.mark(pulse.WORKER, lasts=_LASTS)


class LivenessStep(bootsteps.StartStopStep):
    """Marks the worker as alive for as long as it consumes."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._entry: Any = None

    def start(self, consumer: Any) -> None:
        """The worker is connected and takes tasks."""
        mark_alive()
        self._entry = consumer.timer.call_repeatedly(_EVERY_SECONDS, mark_alive)

    def stop(self, consumer: Any) -> None:  # noqa: ARG002 -- Celery's signature
        """The connection is lost, or the worker ends."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None

    shutdown = stop
